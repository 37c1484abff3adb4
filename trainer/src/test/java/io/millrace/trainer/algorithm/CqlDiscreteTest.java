package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is particular to discrete actions: which value counts where, and what is published. */
class CqlDiscreteTest {
  private static final int ROWS = 8;
  private static final int UNITS = 4;

  /** One hidden layer, three actions. */
  private static NetworkSpec networks(int critics) {
    return NetworkSpec.discrete(2, 3, List.of(UNITS), critics, false);
  }

  /** Learns too slowly for any parameter to change. */
  private static Learner still(int critics, double discount) {
    var algorithm = new CqlDiscrete(discount, 1e-9, 1e-30, new ConservativeWeight.Fixed(1), 1, 0.1);
    return Learner.create(
        new LearnerSpec(algorithm, networks(critics), 3, ComputeDevice.CPU, Precision.FP32), 1);
  }

  /** Critics whose weights are 0, so that the last biases are the values everywhere. */
  private static void values(Learner learner, String tensor, float[]... values) {
    LearnerState state = learner.exportState();
    int length = networks(1).criticLayout().length();
    var parameters = new float[values.length * length];
    for (int j = 0; j < values.length; j++) {
      System.arraycopy(values[j], 0, parameters, (j + 1) * length - 3, 3);
    }
    var tensors = new ArrayList<LearnerState.NamedTensor>();
    for (LearnerState.NamedTensor old : state.tensors()) {
      tensors.add(
          old.name().equals(tensor) ? new LearnerState.NamedTensor(tensor, parameters) : old);
    }
    learner.importState(new LearnerState(state.update(), tensors));
  }

  private static Batch batch(int critics, float terminated) {
    Batch batch = Batches.random(networks(critics), ROWS, 5);
    for (int i = 0; i < ROWS; i++) {
      batch.column(BatchColumn.ACTION).put(i, 2);
      batch.column(BatchColumn.REWARD).put(i, 10);
      batch.column(BatchColumn.TERMINATED).put(i, terminated);
      batch.column(BatchColumn.CONSERVATIVE_FACTOR).put(i, 1);
      batch.column(BatchColumn.IMPORTANCE).put(i, 1);
    }
    return batch;
  }

  /**
   * The mean of the online critics is highest for action 1 (3 and 6, although the first critic
   * likes action 0 best); the targets' lowest value of that is -4, not their best.
   */
  @Test
  void theOnlineCriticsChooseAndTheLowestTargetValues() {
    try (Learner learner = still(2, 0.5)) {
      values(learner, "critics", new float[] {4, 3, 1}, new float[] {0, 6, 1});
      values(learner, "critics.target", new float[] {9, 7, 8}, new float[] {9, -4, 8});
      learner.update(batch(2, 0), 1);
      Map<String, Double> figures = learner.metrics().values();
      // Both critics value the logged action 1; y = 10 + 0.5 · -4.
      assertThat(figures.get("td_loss")).isCloseTo(49, within(1e-4));
      assertThat(learner.rowErrors()).hasSize(ROWS).containsOnly(7);
      assertThat(figures.get("q_data")).isCloseTo(1, within(1e-6));
      assertThat(figures.get("q_policy")).isCloseTo(4.5, within(1e-6));
      assertThat(figures.get("q_uniform")).isCloseTo(15 / 6.0, within(1e-6));
      assertThat(figures.get("logged_action_share")).isZero();
      double first = Math.log(Math.exp(4) + Math.exp(3) + Math.exp(1)) - 1;
      double second = Math.log(1 + Math.exp(6) + Math.exp(1)) - 1;
      assertThat(figures.get("conservative_gap")).isCloseTo((first + second) / 2, within(1e-5));
      assertThat(figures)
          .containsKeys("td_error_p50", "critics_dormant_1", "critics_gradient_norm")
          .doesNotContainKey("policy_dormant_1");
    }
  }

  @Test
  void aTerminationIsNotBootstrapped() {
    try (Learner learner = still(1, 0.5)) {
      values(learner, "critics", new float[] {0, 0, 4});
      values(learner, "critics.target", new float[] {100, 100, 100});
      learner.update(batch(1, 1), 1);
      assertThat(learner.metrics().values().get("td_loss")).isCloseTo(36, within(1e-4));
      assertThat(learner.metrics().values().get("logged_action_share")).isEqualTo(1);
    }
  }

  /** The gradient of a row counts as far as its factors say: here the conservative term alone. */
  @Test
  void aRowOfFactorZeroIsNotHeldBack() {
    try (Learner learner = still(1, 0)) {
      values(learner, "critics", new float[] {10, 10, 10});
      Batch batch = batch(1, 0);
      learner.update(batch, 1);
      // The TD error is 0: the slope of the gap in the three values is (1/3, 1/3, -2/3).
      assertThat(learner.metrics().values().get("critics_gradient_norm"))
          .isCloseTo(Math.sqrt(6) / 3, within(1e-5));
      for (int i = 0; i < ROWS; i++) {
        batch.column(BatchColumn.CONSERVATIVE_FACTOR).put(i, 0);
      }
      learner.update(batch, 2);
      assertThat(learner.metrics().values().get("critics_gradient_norm")).isZero();
    }
  }

  @Test
  void lagrangeRaisesTheWeightWhileTheGapIsAboveTheThreshold() {
    for (double threshold : new double[] {0, 2}) {
      var algorithm =
          new CqlDiscrete(0.9, 0.005, 1e-2, new ConservativeWeight.Lagrange(threshold), 1, 0.1);
      var spec = new LearnerSpec(algorithm, networks(1), 3, ComputeDevice.CPU, Precision.FP32);
      try (Learner learner = Learner.create(spec, 1)) {
        // A critic that is flat in the action has a gap of log 3, about 1.1.
        for (long update = 1; update <= 20; update++) {
          learner.update(batch(1, 1), update);
        }
        double weight = learner.metrics().value(Metrics.CONSERVATIVE_WEIGHT).orElseThrow();
        assertThat(weight > 1)
            .as("weight %f at threshold %f", weight, threshold)
            .isEqualTo(threshold == 0);
      }
    }
  }

  @Test
  void whatIsPublishedIsTheCriticsWithTheirNormsAndTheEpsilon() {
    var spec =
        new LearnerSpec(
            new CqlDiscrete(0.9, 0.005, 1e-2, new ConservativeWeight.Fixed(1), 1, 0.25),
            NetworkSpec.discrete(2, 3, List.of(UNITS, UNITS), 2, true),
            7,
            ComputeDevice.CPU,
            Precision.FP32);
    try (Learner learner = Learner.create(spec, 1)) {
      learner.update(Batches.random(spec.networks(), ROWS, 1), 1);
      var policy = (GreedyPolicy) learner.policy();
      assertThat(policy.epsilon()).isEqualTo(0.25);
      assertThat(policy.discreteActions()).isEqualTo(3);
      float[] critics = learner.exportState().tensors().get(0).values();
      int length = critics.length / 2;
      for (int j = 0; j < 2; j++) {
        var network = policy.networks().get(j);
        int at = j * length;
        for (int k = 0; k < 3; k++) {
          at = assertHolds(critics, at, network.layers().get(k).weights());
          at = assertHolds(critics, at, network.layers().get(k).biases());
          if (k < 2) {
            at = assertHolds(critics, at, network.norms().get(k).gain());
            at = assertHolds(critics, at, network.norms().get(k).offset());
          }
        }
        assertThat(at).isEqualTo((j + 1) * length);
      }
    }
  }

  private static int assertHolds(float[] all, int at, float[] part) {
    assertThat(Arrays.copyOfRange(all, at, at + part.length)).isEqualTo(part);
    return at + part.length;
  }
}
