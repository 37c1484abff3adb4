package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearnerTest {
  private static final NetworkSpec NETWORKS = new NetworkSpec(4, 2, List.of(32, 32));
  private static final int ROWS = 48;
  private static final int THREADS = 2;

  private static LearnerSpec spec(long seed, Precision precision) {
    return new LearnerSpec(CqlSac.defaults(), NETWORKS, seed, ComputeDevice.CPU, precision);
  }

  /** Runs updates with a batch that follows from the number of the update. */
  private static void run(Learner learner, long from, long to) {
    for (long update = from; update <= to; update++) {
      learner.update(Batches.random(NETWORKS, ROWS, update), update);
    }
  }

  private static List<Float> numbers(LearnerState state) {
    var numbers = new ArrayList<Float>();
    for (LearnerState.NamedTensor tensor : state.tensors()) {
      IntStream.range(0, tensor.values().length).forEach(i -> numbers.add(tensor.values()[i]));
    }
    return numbers;
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void aRunEnteredAgainAtAnyUpdateComesToTheSameBits(Precision precision) {
    LearnerSpec spec = spec(3, precision);
    try (Learner whole = Learner.create(spec, THREADS);
        Learner resumed = Learner.create(spec, THREADS)) {
      run(whole, 1, 4);
      LearnerState middle = whole.exportState();
      run(whole, 5, 8);
      resumed.importState(middle);
      run(resumed, 5, 8);
      assertThat(resumed.updates()).isEqualTo(8);
      assertThat(numbers(resumed.exportState())).isEqualTo(numbers(whole.exportState()));
    }
  }

  @Test
  void anotherSeedStartsAndGoesElsewhere() {
    try (Learner one = Learner.create(spec(1, Precision.FP32), THREADS);
        Learner two = Learner.create(spec(2, Precision.FP32), THREADS);
        Learner third = Learner.create(spec(2, Precision.FP32), THREADS)) {
      assertThat(numbers(one.exportState())).isNotEqualTo(numbers(two.exportState()));
      // The same parameters and batch, but other noise.
      two.importState(one.exportState());
      run(one, 1, 1);
      run(two, 1, 1);
      assertThat(numbers(one.exportState())).isNotEqualTo(numbers(two.exportState()));
      run(third, 1, 1);
    }
  }

  @Test
  void theNoiseOfAnUpdateIsAnothersOnlyByItsNumber() {
    List<Long> seeds =
        Stream.iterate(1L, update -> update + 1)
            .limit(200_000)
            .map(update -> NoiseSeed.of(7, update))
            .toList();
    assertThat(seeds).doesNotHaveDuplicates().allMatch(seed -> seed >= 0 && seed < 1L << 32);
    assertThat(NoiseSeed.of(8, 1)).isNotEqualTo(NoiseSeed.of(7, 1));
  }

  @Test
  void metricsAreOfTheLastUpdateAndNamed() {
    try (Learner learner = Learner.create(spec(1, Precision.FP32), THREADS)) {
      assertThatThrownBy(learner::metrics).isInstanceOf(IllegalStateException.class);
      run(learner, 1, 2);
      Metrics metrics = learner.metrics();
      assertThat(metrics.update()).isEqualTo(2);
      assertThat(metrics.values())
          .containsKeys(
              Metrics.TD_LOSS,
              Metrics.CONSERVATIVE_GAP,
              Metrics.CONSERVATIVE_WEIGHT,
              Metrics.POLICY_LOSS,
              Metrics.TEMPERATURE,
              Metrics.ENTROPY);
      // A critic that is still flat in the action: its gap is the log of the actions' volume.
      assertThat(metrics.value(Metrics.CONSERVATIVE_GAP).orElseThrow())
          .isCloseTo(2 * Math.log(2), within(0.2));
      assertThat(metrics.value("no such figure")).isEmpty();
    }
  }

  @Test
  void theFirstTermThatIsNotFiniteIsNamedWithItsUpdate() {
    try (Learner learner = Learner.create(spec(1, Precision.FP32), THREADS)) {
      run(learner, 1, 2);
      LearnerState good = learner.exportState();
      Batch poison = Batches.random(NETWORKS, ROWS, 3);
      poison.column(BatchColumn.REWARD).put(5, Float.NaN);
      learner.update(poison, 3);
      run(learner, 4, 5);
      assertThatThrownBy(learner::exportState)
          .isInstanceOfSatisfying(
              DivergenceException.class,
              e -> {
                assertThat(e.update()).isEqualTo(3);
                assertThat(e.term()).isEqualTo(Metrics.TD_LOSS);
              })
          .hasMessage("update 3: td_loss is not finite");
      assertThatThrownBy(learner::metrics).isInstanceOf(DivergenceException.class);
      assertThatThrownBy(learner::policy).isInstanceOf(DivergenceException.class);
      learner.importState(good);
      run(learner, 3, 3);
      assertThat(learner.metrics().update()).isEqualTo(3);
    }
  }

  @Test
  void valueBeyondTheLimitOfItsTimeIsNamedThoughItIsFinite() {
    try (Learner learner = Learner.create(spec(1, Precision.FP32), THREADS)) {
      run(learner, 1, 2);
      learner.check();
      learner.limitValues(1e-4);
      run(learner, 3, 4);
      // What was once beyond its limit stays so.
      learner.limitValues(Double.POSITIVE_INFINITY);
      run(learner, 5, 5);
      assertThatThrownBy(learner::check)
          .isInstanceOfSatisfying(
              DivergenceException.class,
              e -> {
                assertThat(e.update()).isEqualTo(3);
                assertThat(e.term()).isEqualTo(Metrics.Q_DATA);
              })
          .hasMessageMatching("update 3: q_data is -?0[.]\\d+, beyond the limit of 0.000100000");
      assertThatThrownBy(learner::exportState).isInstanceOf(DivergenceException.class);
    }
  }

  @Test
  void updatesOutOfOrderAndBatchesForOtherNetworksAreRefused() {
    try (Learner learner = Learner.create(spec(1, Precision.FP32), THREADS)) {
      Batch batch = Batches.random(NETWORKS, ROWS, 1);
      assertThatThrownBy(() -> learner.update(batch, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected 1")
          .hasMessageContaining("got 2");
      Batch other = Batches.random(new NetworkSpec(5, 2, List.of(32, 32)), ROWS, 1);
      assertThatThrownBy(() -> learner.update(other, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("observationSize=5");
      assertThat(learner.updates()).isZero();
    }
  }

  @Test
  void aStateOfOtherNetworksIsRefusedByTensor() {
    try (Learner learner = Learner.create(spec(1, Precision.FP32), THREADS)) {
      LearnerState state = learner.exportState();
      var tensors = new ArrayList<>(state.tensors());
      tensors.set(1, new LearnerState.NamedTensor("policy", new float[7]));
      assertThatThrownBy(() -> learner.importState(new LearnerState(1, tensors)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("policy: expected")
          .hasMessageContaining("got 7");
      tensors.remove(1);
      assertThatThrownBy(() -> learner.importState(new LearnerState(1, tensors)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[critics, log_temperature");
    }
  }

  @Test
  void thePolicysLayersAreThoseOfTheState() {
    try (Learner learner = Learner.create(spec(1, Precision.FP32), THREADS)) {
      var policy = (PolicyNetwork) learner.policy();
      assertThat(policy.layers()).hasSize(3);
      assertThat(policy.layers().stream().map(PolicyNetwork.Layer::outputs))
          .containsExactly(32, 32, 4);
      var flat = new ArrayList<Float>();
      for (PolicyNetwork.Layer layer : policy.layers()) {
        assertThat(layer.weights()).hasSize(layer.inputs() * layer.outputs());
        IntStream.range(0, layer.weights().length).forEach(i -> flat.add(layer.weights()[i]));
        IntStream.range(0, layer.biases().length).forEach(i -> flat.add(layer.biases()[i]));
      }
      float[] state = learner.exportState().tensors().get(1).values();
      assertThat(flat).hasSize(state.length);
      IntStream.range(0, state.length).forEach(i -> assertThat(flat.get(i)).isEqualTo(state[i]));
    }
  }
}
