package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class DiagnosticsTest {
  private static final NetworkSpec NETWORKS = new NetworkSpec(4, 2, List.of(16, 8));
  private static final int ROWS = 101;

  /** Learns too slowly for any parameter to change, and does not look ahead. */
  private static Learner still() {
    var base = new SoftActorCritic(0, 1e-9, 1e-30, 1e-30, 1, true, OptionalDouble.empty(), true);
    return Learner.create(
        new LearnerSpec(new Sac(base), NETWORKS, 3, ComputeDevice.CPU, Precision.FP32), 1);
  }

  private static LearnerState changed(LearnerState state, String name, float[] values) {
    var tensors = new ArrayList<LearnerState.NamedTensor>();
    for (LearnerState.NamedTensor tensor : state.tensors()) {
      tensors.add(tensor.name().equals(name) ? new LearnerState.NamedTensor(name, values) : tensor);
    }
    return new LearnerState(state.update(), tensors);
  }

  private static float[] values(LearnerState state, String name) {
    return state.tensors().stream()
        .filter(tensor -> tensor.name().equals(name))
        .findFirst()
        .orElseThrow()
        .values();
  }

  @Test
  void tdErrorsAreThoseOfTheBatchAlsoAfterItWasOverwritten() {
    try (Learner learner = still()) {
      LearnerState state = learner.exportState();
      learner.importState(changed(state, "critics", new float[values(state, "critics").length]));
      Batch batch = Batches.random(NETWORKS, ROWS, 1);
      // With values of 0 and no look ahead an error is a reward.
      var sizes = new double[ROWS];
      for (int i = 0; i < ROWS; i++) {
        sizes[i] = Math.abs(batch.column(BatchColumn.REWARD).get(i));
      }
      Arrays.sort(sizes);
      learner.update(batch, 1);
      for (int i = 0; i < ROWS; i++) {
        batch.column(BatchColumn.REWARD).put(i, 1e6f);
      }
      Metrics metrics = learner.metrics();
      // Two critics have the same errors: each is there twice.
      assertThat(metrics.values().get("td_error_p50")).isCloseTo(sizes[50], within(1e-5));
      assertThat(metrics.values().get("td_error_p90")).isCloseTo(sizes[90], within(1e-5));
      assertThat(metrics.values().get("td_error_p99")).isCloseTo(sizes[99], within(1e-5));
      assertThat(metrics.values().get("td_error_max")).isCloseTo(sizes[100], within(1e-5));
      assertThat(metrics.values().get("critics_dormant_1")).as("units of 0").isEqualTo(1);
    }
  }

  @Test
  void aUnitThatNoRowActivatesIsDormant() {
    try (Learner learner = still()) {
      LearnerState state = learner.exportState();
      float[] policy = values(state, "policy").clone();
      int biases = 4 * 16;
      Arrays.fill(policy, biases, biases + 16, 1);
      Arrays.fill(policy, biases, biases + 4, -1e3f);
      learner.importState(changed(state, "policy", policy));
      learner.update(Batches.random(NETWORKS, ROWS, 1), 1);
      assertThat(learner.metrics().values().get("policy_dormant_1")).isEqualTo(4 / 16.0);
      assertThat(learner.metrics().values())
          .containsKeys("policy_dormant_2", "critics_dormant_1", "critics_dormant_2")
          .doesNotContainKey("policy_dormant_3");
    }
  }
}
