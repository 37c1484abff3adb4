package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.config.ConfigurationException;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.trainer.algorithm.ActionPrior;
import io.millrace.trainer.algorithm.Algorithm;
import io.millrace.trainer.algorithm.BehaviourCloning;
import io.millrace.trainer.algorithm.CalQl;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.ConservativeWeight;
import io.millrace.trainer.algorithm.CqlDiscrete;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Iql;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.algorithm.Regularizer;
import io.millrace.trainer.algorithm.Sac;
import io.millrace.trainer.algorithm.SoftActorCritic;
import io.millrace.trainer.algorithm.Td3Bc;
import io.millrace.trainer.window.OnlineSpec;
import io.millrace.trainer.window.OnlineSpec.Fresh;
import io.millrace.trainer.window.OnlineSpec.Held;
import io.millrace.trainer.window.SamplerSpec;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.SamplingSpec.History;
import io.millrace.trainer.window.SamplingSpec.RewardScale;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerOptionsTest {
  private static final String STREAM =
      "stream: {name: s, observation-size: 3, action-low: [-2, 0], action-high: [2, 1]}\n";

  private static final String CHOICE = "stream: {name: s, observation-size: 4, actions: 3}\n";

  private static TrainerConfig config(String yaml) {
    return config(STREAM, yaml);
  }

  private static TrainerConfig config(String stream, String yaml) {
    return TrainerOptions.config(
        Settings.parse(
            "m.yaml", stream + yaml, List.of(StreamOptions.GROUP, TrainerOptions.GROUP)));
  }

  @Test
  void defaults() {
    var config = config("");
    var learning = config.learning();
    assertThat(config.directory()).isEqualTo(Path.of("trainer"));
    assertThat(learning.algorithm())
        .isEqualTo(
            new CqlSac(
                new SoftActorCritic(0.99, 0.005, 3e-4, 1e-4, 1, true, OptionalDouble.of(-2), false),
                new ConservativeWeight.Fixed(5),
                10,
                1,
                0));
    assertThat(learning.hiddenSizes()).containsExactly(256, 256);
    assertThat(learning.critics()).isEqualTo(2);
    assertThat(learning.criticNorm()).isFalse();
    assertThat(learning.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(learning.batchSize()).isEqualTo(256);
    assertThat(learning.sampling()).isEqualTo(SamplingSpec.uniform(0.5, 100_000, 1_000_000, 1));
    assertThat(config.pace()).isEqualTo(new TrainerConfig.Pace(1_000, 0, 1_000, 100_000, false));
    assertThat(config.checkpointing())
        .isEqualTo(new TrainerConfig.Checkpointing(0, Duration.ofMinutes(1), 3));
    assertThat(config.publishing().orElseThrow().policyId()).isEqualTo("main");
    assertThat(config.maxUpdates()).isZero();
    assertThat(config.valueGuard()).isEqualTo(new TrainerConfig.ValueGuard(10, 0.99));
  }

  @Test
  void everyOptionReachesTheConfiguration() {
    var config =
        config(
            """
            kafka: {bootstrap-servers: "k:1"}
            store: {path: st}
            trainer:
              directory: d
              reader: r
              algorithm: cql-sac
              hidden-sizes: [8, 9]
              seed: 11
              device: cpu
              threads: 3
              precision: mixed
              batch-size: 12
              fresh-fraction: 0.25
              fresh-rows: 13
              history-rows: 14
              sampler: prioritised
              priority-exponent: 0.7
              priority-correction: 0.3
              priority-correction-updates: 28
              normalise-observations: true
              normalise-rewards: std
              discount: 0.9
              polyak: 0.01
              critic-learning-rate: 0.001
              policy-learning-rate: 0.002
              initial-temperature: 0.5
              tune-temperature: false
              target-entropy-per-dimension: -0.5
              backup-entropy: true
              conservative-mode: lagrange
              lagrange-threshold: 2.5
              fresh: on-policy
              online-conservative-factor: 0.125
              online-conservative-rows: 30
              warm-start-rows: 31
              warm-start-holds: all
              sampled-actions: 4
              gap-temperature: 2
              critics: 4
              behaviour-cloning-updates: 15
              min-rows: 16
              offline-updates: 29
              samples-per-row: 17.5
              samples-per-row-band: 18
              hold-back: true
              max-updates: 19
              store-poll-interval: 20 ms
              checkpoint-updates: 21
              checkpoint-interval: 22 s
              checkpoints-kept: 23
              metrics-updates: 24
              max-value-factor: 29
            policy:
              id: p
              publish-updates: 25
              publish-interval: 26 s
              publish-at-stop: false
              publish-timeout: 27 s
            """);
    var learning = config.learning();
    assertThat(learning.algorithm())
        .isEqualTo(
            new CqlSac(
                new SoftActorCritic(
                    0.9, 0.01, 0.001, 0.002, 0.5, false, OptionalDouble.of(-1), true),
                new ConservativeWeight.Lagrange(2.5),
                4,
                2,
                15));
    assertThat(config)
        .isEqualTo(
            new TrainerConfig(
                config.spec(),
                Path.of("st"),
                "r",
                Path.of("d"),
                new TrainerConfig.Learning(
                    learning.algorithm(),
                    List.of(8, 9),
                    4,
                    false,
                    11,
                    ComputeDevice.CPU,
                    3,
                    Precision.MIXED,
                    12,
                    new SamplingSpec(
                        0.25,
                        13,
                        History.SAMPLE,
                        14,
                        new OnlineSpec(0.125, 30, 31, Held.ALL, Fresh.ON_POLICY),
                        new SamplerSpec.Prioritised(0.7, 0.3, 28),
                        true,
                        RewardScale.STD,
                        OptionalDouble.empty()),
                    learning.texts()),
                new TrainerConfig.Pace(16, 29, 17.5, 18, true),
                new TrainerConfig.Checkpointing(21, Duration.ofSeconds(22), 23),
                java.util.Optional.of(
                    new TrainerConfig.Publishing(
                        "p",
                        java.util.Map.of("bootstrap.servers", "k:1"),
                        25,
                        Duration.ofSeconds(26),
                        false,
                        Duration.ofSeconds(27))),
                19,
                24,
                new TrainerConfig.ValueGuard(29, 0.9),
                Duration.ofMillis(20)));
    assertThat(TrainerOptions.learning("journal", learning.texts(), config.spec()))
        .as("what a journal says makes the same learner")
        .isEqualTo(learning);
  }

  @Test
  void valuesMayBeSoManyTimesWhatAReturnCanBe() {
    var guard = config("trainer: {max-value-factor: 4, discount: 0.9}").valueGuard();
    assertThat(guard.limit(3, 2)).isCloseTo(4 * (3 + 2) / 0.1, within(1e-9));
    assertThat(config("trainer: {max-value-factor: 0}").valueGuard().limit(3, 2))
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThatThrownBy(() -> config("trainer: {max-value-factor: 0.5}"))
        .hasMessageContaining("trainer.max-value-factor: expected number, 0, or 1 or more");
  }

  @Test
  void samplersHaveTheirOwnOptionsAndCalQlAsksForReturns() {
    assertThat(
            config("trainer: {sampler: recency, recency-half-life-rows: 5}").learning().sampling())
        .isEqualTo(
            SamplingSpec.uniform(0.5, 100_000, 1_000_000, 1).with(new SamplerSpec.Recency(5)));
    assertThat(config("trainer: {sampler: episode-balanced}").learning().sampling().sampler())
        .isEqualTo(new SamplerSpec.EpisodeBalanced());
    assertThat(
            config("trainer: {algorithm: cal-ql, discount: 0.9}")
                .learning()
                .sampling()
                .returnDiscount())
        .hasValue(0.9);
    assertThatThrownBy(() -> config("trainer: {sampler: recency, priority-exponent: 0.5}"))
        .hasMessageContaining(
            "trainer.priority-exponent: trainer.sampler recency does not have it");
    assertThatThrownBy(() -> config("trainer: {sampler: prioritised, algorithm: bc}"))
        .hasMessageContaining("bc has no TD error");
    assertThat(config("trainer: {history: shuffled}").learning().sampling().history())
        .isEqualTo(History.SHUFFLED);
    assertThatThrownBy(
            () ->
                config(
                    "trainer: {history: shuffled, sampler: recency, algorithm: cal-ql,"
                        + " history-rows: 255}"))
        .hasMessageContaining("3 mistakes")
        .hasMessageContaining("cal-ql needs the rows of an episode")
        .hasMessageContaining("history-rows of 256 or more");
  }

  @Test
  void mistakesBetweenOptionsAreReportedTogether() {
    assertThatThrownBy(
            () ->
                config(
                    """
                    trainer: {batch-size: 100, samples-per-row-band: 99}
                    policy: {publish-updates: 0, publish-interval: 0 s, publish-at-stop: false}
                    """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("trainer.samples-per-row-band: expected trainer.batch-size (100)")
        .hasMessageContaining("nothing would ever be published");
    assertThatThrownBy(
            () -> config("trainer: {hold-back: true, offline-updates: 1, samples-per-row: 0}"))
        .hasMessageContaining("trainer.hold-back")
        .hasMessageContaining("trainer.offline-updates");
    assertThatThrownBy(
            () -> config("trainer: {online-conservative-rows: 5, warm-start-holds: all}"))
        .hasMessageContaining("trainer.online-conservative-rows: expected trainer.online-cons")
        .hasMessageContaining("trainer.warm-start-holds: expected trainer.warm-start-rows above 0");
  }

  static Stream<Arguments> algorithms() {
    var soft =
        new SoftActorCritic(
            0.9, 0.005, 3e-4, 3e-4, 1, true, OptionalDouble.of(-2), true, OptionalInt.of(3));
    var base =
        new SoftActorCritic(
            0.99, 0.005, 3e-4, 1e-4, 1, true, OptionalDouble.of(-2), false, OptionalInt.empty());
    var weight = new ConservativeWeight.Fixed(5);
    return Stream.of(
        Arguments.of("algorithm: sac, critics: 5, target-critics: 3, discount: 0.9", new Sac(soft)),
        Arguments.of(
            "algorithm: cql-sac, regularizer: rho, action-prior: uniform",
            new CqlSac(base, Regularizer.RHO, ActionPrior.UNIFORM, weight, 10, 1, 0, false)),
        Arguments.of(
            "algorithm: cql-sac, regularizer: var, max-target-backup: true",
            new CqlSac(base, Regularizer.VAR, ActionPrior.POLICY, weight, 10, 1, 0, true)),
        Arguments.of(
            "algorithm: cal-ql, sampled-actions: 4", new CalQl(new CqlSac(base, weight, 4, 1, 0))),
        Arguments.of("algorithm: iql", Iql.defaults()),
        Arguments.of(
            "algorithm: iql, expectile: 0.9, inverse-temperature: 10, advantage-clip: 50",
            new Iql(0.99, 0.005, 3e-4, 3e-4, 0.9, 10, 50)),
        Arguments.of("algorithm: td3-bc", Td3Bc.defaults()),
        Arguments.of(
            "algorithm: td3-bc, td3-alpha: 1, target-noise: 0.1, target-noise-clip: 0.2,"
                + " policy-interval-updates: 3, exploration-noise: 0.4, polyak: 0.01",
            new Td3Bc(0.99, 0.01, 3e-4, 3e-4, 1, 0.1, 0.2, 3, 0.4)),
        Arguments.of("algorithm: bc, policy-learning-rate: 0.002", new BehaviourCloning(0.002)));
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void anAlgorithmHasItsOptionsAndItsOwnDefaults(String yaml, Algorithm expected) {
    var config = config("trainer: {" + yaml + "}");
    var learning = config.learning();
    assertThat(learning.algorithm()).isEqualTo(expected);
    assertThat(TrainerOptions.learning("journal", learning.texts(), config.spec()))
        .isEqualTo(learning);
  }

  @Test
  void discreteActionsHaveTheirOwnAlgorithm() {
    var config =
        config(
            CHOICE,
            """
            trainer:
              algorithm: cql-discrete
              discount: 0.9
              polyak: 0.01
              critic-learning-rate: 0.001
              critics: 3
              critic-layer-norm: true
              conservative-mode: lagrange
              lagrange-threshold: 0.5
              gap-temperature: 2
              exploration-epsilon: 0.2
              online-conservative-factor: 0.5
              sampler: prioritised
            """);
    var learning = config.learning();
    assertThat(learning.algorithm())
        .isEqualTo(new CqlDiscrete(0.9, 0.01, 0.001, new ConservativeWeight.Lagrange(0.5), 2, 0.2));
    assertThat(learning.learnerSpec(config.spec()).networks())
        .isEqualTo(NetworkSpec.discrete(4, 3, List.of(256, 256), 3, true));
    assertThat(TrainerOptions.learning("journal", learning.texts(), config.spec()))
        .isEqualTo(learning);
    assertThat(config(CHOICE, "trainer: {algorithm: cql-discrete}").learning().algorithm())
        .isEqualTo(CqlDiscrete.defaults());
    assertThatThrownBy(
            () ->
                config(
                    CHOICE,
                    "trainer: {algorithm: cql-discrete, policy-learning-rate: 1, sampled-actions: 4,"
                        + " target-critics: 1, precision: mixed}"))
        .hasMessageContaining("4 mistakes")
        .hasMessageContaining(
            "trainer.policy-learning-rate: trainer.algorithm cql-discrete does not have it")
        .hasMessageContaining("trainer.sampled-actions")
        .hasMessageContaining("trainer.target-critics")
        .hasMessageContaining("trainer.precision: expected fp32");
  }

  @Test
  void anAlgorithmForTheOtherKindOfActionsIsAMistake() {
    assertThatThrownBy(() -> config(CHOICE, "trainer: {seed: 1}"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "trainer.algorithm: expected cql-discrete, since stream.actions says that actions are"
                + " discrete; got cql-sac");
    assertThatThrownBy(
            () -> config(CHOICE, "trainer: {algorithm: cql-discrete, warm-start-rows: 5}"))
        .hasMessageContaining(
            "trainer.warm-start-holds: expected all with cql-discrete, whose critics are its policy");
    assertThatThrownBy(() -> config("trainer: {algorithm: cql-discrete}"))
        .hasMessageContaining(
            "trainer.algorithm: cql-discrete is for discrete actions: expected stream.actions");
    assertThatThrownBy(
            () ->
                config(
                    "stream: {name: s, observation-size: 4, actions: x}\n", "trainer: {seed: 1}"))
        .hasMessageContaining("1 mistake")
        .hasMessageContaining("stream.actions: expected integer");
  }

  @Test
  void optionsThatTheAlgorithmDoesNotHaveAreReported() {
    assertThatThrownBy(
            () -> config("trainer: {algorithm: bc, discount: 0.9, conservative-weight: 1}"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("trainer.discount: trainer.algorithm bc does not have it")
        .hasMessageContaining("trainer.conservative-weight: trainer.algorithm bc does not have it");
    assertThatThrownBy(() -> config("trainer: {algorithm: cal-ql, regularizer: var}"))
        .hasMessageContaining("trainer.regularizer");
    assertThatThrownBy(() -> config("trainer: {algorithm: sac, online-conservative-factor: 0}"))
        .hasMessageContaining("trainer.online-conservative-factor");
    assertThatThrownBy(() -> config("trainer: {algorithm: iql, online-conservative-rows: 5}"))
        .hasMessageContaining("trainer.online-conservative-rows: trainer.algorithm iql does not");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cql-sac, regularizer: rho", "cql-sac, max-target-backup: true", "cal-ql"})
  void mixedPrecisionIsForGradientsThatAreWrittenOut(String algorithm) {
    var config = config("trainer: {algorithm: %s, precision: mixed}".formatted(algorithm));
    assertThat(config.learning().precision()).isEqualTo(Precision.MIXED);
  }

  @Test
  void optionsOfAnAlgorithmThatContradictEachOtherAreReported() {
    assertThatThrownBy(
            () ->
                config(
                    "trainer: {target-critics: 3, max-target-backup: true, backup-entropy: true,"
                        + " action-prior: uniform, precision: mixed}"))
        .hasMessageContaining("trainer.target-critics: expected trainer.critics (2) or fewer")
        .hasMessageContaining("trainer.max-target-backup: expected trainer.backup-entropy false")
        .hasMessageContaining("trainer.action-prior: expected trainer.regularizer rho or var")
        .hasMessageContaining("trainer.precision: expected fp32");
  }
}
