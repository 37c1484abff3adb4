package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every algorithm. */
class AlgorithmsTest {
  private static final int ROWS = 32;
  private static final NetworkSpec NETWORKS = new NetworkSpec(4, 2, List.of(16, 16));
  private static final NetworkSpec ENSEMBLE = new NetworkSpec(4, 2, List.of(16, 16), 5, true);

  private static final NetworkSpec CHOICE = NetworkSpec.discrete(4, 3, List.of(16, 16), 2, false);

  record Case(String name, Algorithm algorithm, NetworkSpec networks) {
    @Override
    public String toString() {
      return name;
    }

    Learner learner() {
      return Learner.create(
          new LearnerSpec(algorithm, networks, 3, ComputeDevice.CPU, Precision.FP32), 2);
    }

    void run(Learner learner, long from, long to) {
      for (long update = from; update <= to; update++) {
        learner.update(Batches.random(networks, ROWS, update), update);
      }
    }
  }

  static Stream<Case> cases() {
    var base = SoftActorCritic.defaults();
    var redundant =
        new SoftActorCritic(
            0.99, 0.005, 3e-4, 3e-4, 1, true, OptionalDouble.empty(), true, OptionalInt.of(2));
    var weight = new ConservativeWeight.Lagrange(1);
    return Stream.of(
        new Case("sac", new Sac(base), NETWORKS),
        new Case("sac, 2 of 5", new Sac(redundant), ENSEMBLE),
        new Case("cql-sac", CqlSac.defaults(), NETWORKS),
        new Case("cql-sac, 2 of 5", new CqlSac(redundant, weight, 4, 1, 2), ENSEMBLE),
        new Case(
            "cql-sac, rho",
            new CqlSac(base, Regularizer.RHO, ActionPrior.POLICY, weight, 4, 1, 0, true),
            NETWORKS),
        new Case(
            "cql-sac, var",
            new CqlSac(base, Regularizer.VAR, ActionPrior.UNIFORM, weight, 4, 1, 0, false),
            NETWORKS),
        new Case("cal-ql", new CalQl(CqlSac.defaults()), NETWORKS),
        new Case("iql", Iql.defaults(), NETWORKS),
        new Case("td3-bc", Td3Bc.defaults(), NETWORKS),
        new Case("cql-discrete", CqlDiscrete.defaults(), CHOICE),
        new Case(
            "cql-discrete, lagrange, one critic",
            new CqlDiscrete(0.99, 0.005, 3e-4, weight, 1, 0.1),
            NetworkSpec.discrete(4, 3, List.of(16, 16), 1, true)),
        new Case("bc", new BehaviourCloning(3e-4), NETWORKS));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRunEnteredAgainComesToTheSameBitsAsOneThatWentOn(Case test) {
    try (Learner whole = test.learner();
        Learner resumed = test.learner()) {
      test.run(whole, 1, 3);
      LearnerState middle = whole.exportState();
      test.run(whole, 4, 7);
      resumed.importState(middle);
      test.run(resumed, 4, 7);
      assertSameBits(resumed.exportState(), whole.exportState());
      assertThat(whole.metrics().values()).isEqualTo(resumed.metrics().values());
    }
  }

  private static void assertSameBits(LearnerState actual, LearnerState expected) {
    for (int i = 0; i < expected.tensors().size(); i++) {
      LearnerState.NamedTensor tensor = expected.tensors().get(i);
      assertThat(Arrays.equals(actual.tensors().get(i).values(), tensor.values()))
          .as(tensor.name())
          .isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyGroupAndTargetMovesAndEveryFigureIsFinite(Case test) {
    try (Learner learner = test.learner()) {
      LearnerState before = learner.exportState();
      test.run(learner, 1, 4);
      LearnerState after = learner.exportState();
      for (int i = 0; i < before.tensors().size(); i++) {
        LearnerState.NamedTensor tensor = before.tensors().get(i);
        boolean fixed = tensor.name().startsWith("log_multiplier") && isFixed(test.algorithm);
        assertThat(Arrays.equals(tensor.values(), after.tensors().get(i).values()))
            .as(tensor.name())
            .isEqualTo(fixed);
      }
      boolean discrete = test.networks.discreteActions() > 0;
      assertThat(learner.metrics().values())
          .containsKey(discrete ? "critics_gradient_norm" : "policy_gradient_norm");
      assertThat(learner.metrics().values().values()).allMatch(Double::isFinite);
      if (learner.policy() instanceof GreedyPolicy greedy) {
        assertThat(greedy.networks()).hasSize(test.networks.critics());
        assertThat(greedy.networks().get(0).layers().get(2).outputs()).isEqualTo(3);
      } else {
        assertThat(((PolicyNetwork) learner.policy()).layers().get(2).outputs()).isEqualTo(4);
      }
    }
  }

  /** Where the policy has parameters of its own, and is not the critics. */
  static Stream<Case> withPolicies() {
    return cases().filter(test -> test.networks.discreteActions() == 0);
  }

  @ParameterizedTest
  @MethodSource("withPolicies")
  void aHeldPolicyStaysBitForBitWhileTheOthersLearnAndMovesWhenItIsLetGo(Case test) {
    try (Learner learner = test.learner()) {
      test.run(learner, 1, 2);
      LearnerState before = learner.exportState();
      for (long update = 3; update <= 6; update++) {
        learner.update(Batches.random(test.networks, ROWS, update), update, true);
      }
      LearnerState held = learner.exportState();
      for (LearnerState.NamedTensor tensor : held.tensors()) {
        String name = tensor.name();
        if (name.equals("policy") || name.equals("log_temperature")) {
          assertThat(values(held, name)).as(name).isEqualTo(values(before, name));
        } else if (name.equals("critics") || name.equals("value") || name.equals("policy.first")) {
          assertThat(values(held, name)).as(name).isNotEqualTo(values(before, name));
        }
      }
      test.run(learner, 7, 8);
      assertThat(values(learner.exportState(), "policy")).isNotEqualTo(values(held, "policy"));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void errorsAreOfTheRowsInTheirOrder(Case test) {
    try (Learner learner = test.learner();
        Learner surprised = test.learner()) {
      assertThatThrownBy(learner::rowErrors).isInstanceOf(IllegalStateException.class);
      Batch batch = Batches.random(test.networks, ROWS, 3);
      learner.update(batch, 1);
      var rewards = batch.column(BatchColumn.REWARD);
      rewards.put(5, rewards.get(5) + 1_000);
      surprised.update(batch, 1);
      if (test.algorithm instanceof BehaviourCloning) {
        assertThatThrownBy(learner::rowErrors).hasMessageContaining("bc has no TD errors");
        return;
      }
      var before = learner.rowErrors();
      var after = surprised.rowErrors();
      assertThat(after).hasSize(ROWS);
      // The two have learned from different batches, so the others differ a little.
      for (int i = 0; i < ROWS; i++) {
        float more = i == 5 ? 1_000 : 0;
        assertThat(after[i]).isCloseTo(before[i] + more, within(2 * before[5] + 1));
      }
    }
  }

  private static boolean isFixed(Algorithm algorithm) {
    return (algorithm instanceof CqlSac cql && cql.weight() instanceof ConservativeWeight.Fixed)
        || (algorithm instanceof CqlDiscrete discrete
            && discrete.weight() instanceof ConservativeWeight.Fixed)
        || algorithm instanceof CalQl;
  }

  @Test
  void aDelayedPolicyAndItsTargetsMoveInEverySecondUpdateOnly() {
    var test = new Case("td3-bc", Td3Bc.defaults(), NETWORKS);
    try (Learner learner = test.learner()) {
      LearnerState before = learner.exportState();
      test.run(learner, 1, 1);
      LearnerState first = learner.exportState();
      test.run(learner, 2, 2);
      LearnerState second = learner.exportState();
      assertThat(values(first, "critics")).isNotEqualTo(values(before, "critics"));
      for (String name : List.of("policy", "policy.first", "critics.target", "policy.target")) {
        assertThat(values(first, name)).as(name).isEqualTo(values(before, name));
        assertThat(values(second, name)).as(name).isNotEqualTo(values(first, name));
      }
    }
  }

  private static float[] values(LearnerState state, String name) {
    return state.tensors().stream()
        .filter(tensor -> tensor.name().equals(name))
        .findFirst()
        .orElseThrow()
        .values();
  }

  @Test
  void aDeterministicPolicyIsPublishedWithTheExplorationNoise() {
    var noise = 0.25;
    var algorithm = new Td3Bc(0.99, 0.005, 3e-4, 3e-4, 2.5, 0.2, 0.5, 2, noise);
    try (Learner learner = new Case("td3-bc", algorithm, NETWORKS).learner()) {
      PolicyNetwork.Layer last = ((PolicyNetwork) learner.policy()).layers().get(2);
      assertThat(last.outputs()).isEqualTo(4);
      float[] state = values(learner.exportState(), "policy");
      int outputs = 2 * 16 + 2;
      assertThat(Arrays.copyOf(last.weights(), 32))
          .isEqualTo(Arrays.copyOfRange(state, state.length - outputs, state.length - 2));
      for (int i = 0; i < 2; i++) {
        assertThat(last.biases()[i]).isEqualTo(state[state.length - 2 + i]);
        assertThat((double) last.biases()[2 + i]).isCloseTo(Math.log(noise), within(1e-6));
      }
      for (int i = 32; i < 64; i++) {
        assertThat(last.weights()[i]).isZero();
      }
    }
  }

  @Test
  void returnsToGoThatAreNotKnownMakeCalQlConservative() {
    // The same batches, whose returns are minus infinity: the same parameters, but for rounding.
    var cql = new Case("cql-sac", CqlSac.defaults(), NETWORKS);
    var calibrated = new Case("cal-ql", new CalQl(CqlSac.defaults()), NETWORKS);
    try (Learner one = cql.learner();
        Learner other = calibrated.learner()) {
      for (long update = 1; update <= 3; update++) {
        Batch batch = Batches.random(NETWORKS, ROWS, update);
        for (int i = 0; i < ROWS; i++) {
          batch.column(BatchColumn.RETURN_TO_GO).put(i, Float.NEGATIVE_INFINITY);
        }
        one.update(batch, update);
        other.update(batch, update);
      }
      float[] expected = values(one.exportState(), "critics");
      float[] actual = values(other.exportState(), "critics");
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f));
      }
      assertThat(other.metrics().value("calibrated_share")).hasValue(0);
    }
  }

  @Test
  void aHighReturnToGoStopsTheGapOfThePolicysActions() {
    var test = new Case("cal-ql", new CalQl(CqlSac.defaults()), NETWORKS);
    try (Learner learner = test.learner()) {
      Batch batch = Batches.random(NETWORKS, ROWS, 1);
      for (int i = 0; i < ROWS; i++) {
        batch.column(BatchColumn.RETURN_TO_GO).put(i, 50);
      }
      learner.update(batch, 1);
      assertThat(learner.metrics().value("calibrated_share")).hasValue(1);
      assertThat(learner.metrics().value(Metrics.CONSERVATIVE_GAP).orElseThrow()).isGreaterThan(45);
    }
  }
}
