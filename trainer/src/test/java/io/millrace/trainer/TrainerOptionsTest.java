package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.config.ConfigurationException;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.ConservativeWeight;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.algorithm.SoftActorCritic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TrainerOptionsTest {
  private static final String STREAM =
      "stream: {name: s, observation-size: 3, action-low: [-2, 0], action-high: [2, 1]}\n";

  private static TrainerConfig config(String yaml) {
    return TrainerOptions.config(
        Settings.parse(
            "m.yaml", STREAM + yaml, List.of(StreamOptions.GROUP, TrainerOptions.GROUP)));
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
    assertThat(learning.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(learning.batchSize()).isEqualTo(256);
    assertThat(learning.freshFraction()).isEqualTo(0.5);
    assertThat(learning.freshRows()).isEqualTo(100_000);
    assertThat(learning.historyRows()).isEqualTo(1_000_000);
    assertThat(config.pace()).isEqualTo(new TrainerConfig.Pace(1_000, 1_000, 100_000, false));
    assertThat(config.checkpointing())
        .isEqualTo(new TrainerConfig.Checkpointing(0, Duration.ofMinutes(1), 3));
    assertThat(config.publishing().orElseThrow().policyId()).isEqualTo("main");
    assertThat(config.maxUpdates()).isZero();
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
              online-conservative-factor: 0.125
              sampled-actions: 4
              gap-temperature: 2
              behaviour-cloning-updates: 15
              min-rows: 16
              samples-per-row: 17.5
              samples-per-row-band: 18
              hold-back: true
              max-updates: 19
              store-poll-interval: 20 ms
              checkpoint-updates: 21
              checkpoint-interval: 22 s
              checkpoints-kept: 23
              metrics-updates: 24
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
                    11,
                    ComputeDevice.CPU,
                    3,
                    Precision.MIXED,
                    12,
                    0.25,
                    13,
                    14,
                    0.125,
                    learning.texts()),
                new TrainerConfig.Pace(16, 17.5, 18, true),
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
                Duration.ofMillis(20)));
    assertThat(TrainerOptions.learning("journal", learning.texts(), config.spec()))
        .as("what a journal says makes the same learner")
        .isEqualTo(learning);
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
    assertThatThrownBy(() -> config("trainer: {hold-back: true, samples-per-row: 0}"))
        .hasMessageContaining("trainer.hold-back");
  }
}
