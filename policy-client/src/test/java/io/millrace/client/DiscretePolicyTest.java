package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.schemas.v1.PolicySnapshot;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Policies of a stream of discrete actions: what is verified, and how they act. */
class DiscretePolicyTest {
  private static final StreamSpec SPEC = StreamSpec.discrete("cart", 2, 3);

  private final SnapshotVerifier verifier = new SnapshotVerifier(POLICY, SPEC, 1 << 20);

  private static ChoiceGraph graph() {
    return new ChoiceGraph(2, 3).weight(0, 0, 1).weight(1, 1, 1).bias(2, .5f);
  }

  private static PolicySnapshot snapshot(ChoiceGraph graph) {
    return TestSnapshots.snapshot(
        1,
        graph.bytes(),
        header ->
            header
                .setSpecification(SPEC.toMessage())
                .setModelFormat(ModelFormat.MODEL_FORMAT_ONNX_CATEGORICAL));
  }

  private LoadedPolicy load(ChoiceGraph graph) throws Exception {
    var snapshot = snapshot(graph);
    return new LoadedPolicy(
        PolicyInfo.of(snapshot.getHeader(), Instant.EPOCH),
        SPEC,
        verifier.verify(snapshot),
        () -> {});
  }

  @Test
  void withoutNoiseTheActionOfTheHighestValueIsChosenForCertain() throws Exception {
    var policy = load(graph().epsilon(.3f));
    var actions = policy.act(new float[] {1, 0, 0, 1, 0, 0});
    assertThat(actions.values()).containsExactly(0, 1, 2);
    assertThat(actions.logProbabilities()).containsOnly(0);
    assertThat(actions.action(1).index()).isEqualTo(1);
    assertThat(actions.action(1).values()).containsExactly(1);
    policy.release();
  }

  @Test
  void exploringDrawsEachActionAsOftenAsItsLogProbabilitySays() throws Exception {
    var policy = load(graph().epsilon(.3f));
    var random = new SplittableRandom(3);
    var counts = new int[3];
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      var action = policy.actStochastic(new float[] {0, 1}, random).action(0);
      counts[action.index()]++;
      assertThat(action.logProbability())
          .isCloseTo(Math.log(action.index() == 1 ? .8 : .1), within(1e-6));
    }
    // Four standard deviations.
    assertThat(counts[1]).isCloseTo((int) (.8 * draws), within(227));
    assertThat(counts[0]).isCloseTo((int) (.1 * draws), within(170));
    policy.release();
  }

  @Test
  void withoutExplorationThePolicyIsGreedyAndSaysSo() throws Exception {
    var policy = load(graph());
    var random = new SplittableRandom(5);
    for (int i = 0; i < 100; i++) {
      var action = policy.actStochastic(new float[] {1, 0}, random).action(0);
      assertThat(action.index()).isZero();
      assertThat(action.logProbability()).isZero();
    }
    policy.release();
  }

  /** A generator's last number below 1, and probabilities that add up to a little less than 1. */
  @Test
  void anActionOfNoProbabilityIsNeverDrawn() {
    var distribution = new Categorical(SPEC);
    var probabilities = FloatBuffer.wrap(new float[] {0, .99999f, 0});
    for (double draw : new double[] {0, .5, Math.nextDown(1)}) {
      var chosen = new float[1];
      double logProbability =
          distribution.sample(
              List.of(probabilities), 0, () -> (long) (draw * 0x1p53) << 11, chosen);
      assertThat(chosen[0]).isEqualTo(1);
      assertThat(logProbability).isZero();
    }
  }

  @Test
  void aStreamOfNumbersHasNoIndex() {
    assertThatThrownBy(() -> new Action(new float[] {1}, 0, 1, false).index())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("numbers within bounds");
  }

  @Test
  void refusesAnotherKindOfActions() {
    refuses(
        TestSnapshots.snapshot(1, graph().bytes(), header -> {}),
        RefusalReason.WRONG_SPECIFICATION,
        "expected stream cart: observation 2, 3 discrete actions");
    refuses(
        snapshot(graph()).toBuilder()
            .setHeader(
                snapshot(graph()).getHeader().toBuilder()
                    .setModelFormat(ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN))
            .build(),
        RefusalReason.UNSUPPORTED_FORMAT,
        "model format 1",
        "knows 2 (MODEL_FORMAT_ONNX_CATEGORICAL)");
  }

  @Test
  void refusesAGraphThatIsNoneOrComputesNonsense() {
    refuses(graph().valueOutput("q"), RefusalReason.WRONG_GRAPH, "no output 'value'");
    refuses(
        new ChoiceGraph(2, 4), RefusalReason.WRONG_GRAPH, "'probability': expected float32 [n, 3]");
    refuses(graph().bias(1, Float.NaN), RefusalReason.WRONG_RESULT, "value[1] is NaN");
    refuses(
        graph().indexShift(.5f),
        RefusalReason.WRONG_RESULT,
        "action[0] is 2.5: expected the index of one of 3 actions, for probe 0");
    refuses(graph().indexShift(1), RefusalReason.WRONG_RESULT, "action[0] is 3.0");
    refuses(
        graph().indexShift(-1),
        RefusalReason.WRONG_RESULT,
        "action[0] is 1, the most likely one is 2 and the one of the highest value 2");
    refuses(
        graph().probabilityFactor(1.1f), RefusalReason.WRONG_RESULT, "probabilities add up to 1.1");
    refuses(graph().epsilon(-.3f), RefusalReason.WRONG_RESULT, "probability[0] is -0.1");
  }

  private void refuses(ChoiceGraph graph, RefusalReason reason, String... parts) {
    refuses(snapshot(graph), reason, parts);
  }

  private void refuses(PolicySnapshot snapshot, RefusalReason reason, String... parts) {
    assertThatThrownBy(() -> verifier.verify(verifier.decode(snapshot.toByteArray())))
        .asInstanceOf(type(SnapshotRefusedException.class))
        .satisfies(refused -> assertThat(refused.reason()).isEqualTo(reason))
        .satisfies(refused -> assertThat(refused).hasMessageContainingAll(parts));
  }
}
