package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.protobuf.ByteString;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SnapshotVerifierTest {
  private static final int MAX_MODEL_BYTES = 1 << 20;
  private static final byte[] MODEL =
      new TestGraph(SPEC).weight(0, 0, .5f).weight(1, 1, -.25f).bias(.1f, 0).bytes();

  private final SnapshotVerifier verifier = new SnapshotVerifier(POLICY, SPEC, MAX_MODEL_BYTES);

  @Test
  void loadsAGraphThatComputesWhatItSays() throws Exception {
    try (OnnxPolicy graph = verifier.verify(snapshot(1, MODEL, header -> {}))) {
      float[] actions = graph.actions(new float[] {1, 2, -3, 4});
      assertThat(actions[0]).isCloseTo((float) (1 + 2 * Math.tanh(.6)), within(1e-6f));
      assertThat(actions[1]).isCloseTo((float) (5 + 5 * Math.tanh(-.5)), within(1e-6f));
      assertThat(actions[2]).isCloseTo((float) (1 + 2 * Math.tanh(-1.4)), within(1e-6f));
      assertThat(actions[3]).isCloseTo((float) (5 + 5 * Math.tanh(-1)), within(1e-6f));
    }
  }

  @Test
  void refusesARecordThatIsNoSnapshot() {
    refusesToDecode(null, RefusalReason.EMPTY, "tombstone");
    refusesToDecode(new byte[0], RefusalReason.EMPTY, "no value");
    refusesToDecode(
        "random bytes".getBytes(StandardCharsets.UTF_8),
        RefusalReason.UNDECODABLE,
        "not a PolicySnapshot");
    refusesToDecode(
        PolicySnapshot.newBuilder().setModel(ByteString.copyFrom(MODEL)).build().toByteArray(),
        RefusalReason.UNDECODABLE,
        "expected a header");
    refusesToDecode(
        snapshot(0, MODEL, header -> {}).toByteArray(),
        RefusalReason.UNDECODABLE,
        "revision of 1 or more, got 0");
    refusesToDecode(
        snapshot(1, MODEL, header -> header.setPolicyId("other")).toByteArray(),
        RefusalReason.WRONG_POLICY,
        "'other'");
  }

  @Test
  void refusesAnotherSpecification() {
    var wide = new StreamSpec("plane", 3, SPEC.actionLow(), SPEC.actionHigh());
    refuses(
        header -> header.setSpecification(wide.toMessage()),
        RefusalReason.WRONG_SPECIFICATION,
        "expected stream plane: observation 2",
        "got stream plane: observation 3");
    var higher = new StreamSpec("plane", 2, SPEC.actionLow(), new float[] {3, 11});
    refuses(
        header -> header.setSpecification(higher.toMessage()),
        RefusalReason.WRONG_SPECIFICATION,
        "[3.0, 10.0]",
        "[3.0, 11.0]");
    refuses(
        PolicySnapshotHeader.Builder::clearSpecification,
        RefusalReason.WRONG_SPECIFICATION,
        "no valid specification");
  }

  @Test
  void refusesAFormatThatItDoesNotKnow() {
    refuses(
        header -> header.setModelFormat(ModelFormat.MODEL_FORMAT_UNSPECIFIED),
        RefusalReason.UNSUPPORTED_FORMAT,
        "model format 0");
    refuses(
        header -> header.setModelFormatValue(77),
        RefusalReason.UNSUPPORTED_FORMAT,
        "model format 77");
  }

  @Test
  void refusesAModelThatWasChangedOnItsWay() {
    byte[] changed = MODEL.clone();
    changed[changed.length / 2] ^= 1;
    var snapshot =
        snapshot(1, MODEL, header -> {}).toBuilder().setModel(ByteString.copyFrom(changed)).build();
    refuses(snapshot, RefusalReason.WRONG_CHECKSUM, "SHA-256");
    var cut =
        snapshot(1, MODEL, header -> {}).toBuilder()
            .setModel(ByteString.copyFrom(MODEL, 0, MODEL.length - 1))
            .build();
    refuses(cut, RefusalReason.WRONG_SIZE, "" + (MODEL.length - 1), "" + MODEL.length);
    refuses(header -> header.clearModelSha256(), RefusalReason.WRONG_CHECKSUM, "its header says ");
  }

  @Test
  void refusesAModelThatIsTooLarge() {
    refusesModel(
        new byte[MAX_MODEL_BYTES + 1], RefusalReason.TOO_LARGE, "at most " + MAX_MODEL_BYTES);
  }

  @Test
  void refusesWhatIsNoGraphOfAPolicy() {
    refusesModel(
        "no ONNX at all".getBytes(StandardCharsets.UTF_8),
        RefusalReason.WRONG_GRAPH,
        "cannot load");
    refusesModel(new byte[0], RefusalReason.WRONG_GRAPH, "cannot load");
    refusesModel(
        new TestGraph(SPEC).input("state").bytes(),
        RefusalReason.WRONG_GRAPH,
        "[state]",
        "'observation'");
    refusesModel(
        new TestGraph(SPEC).logStdOutput("log_sigma").bytes(),
        RefusalReason.WRONG_GRAPH,
        "no output 'log_std'",
        "log_sigma");
    refusesModel(
        new TestGraph(SPEC).observationSize(3).bytes(),
        RefusalReason.WRONG_GRAPH,
        "input 'observation': expected float32 [n, 2]");
    var narrow = new StreamSpec("plane", 2, new float[] {-1}, new float[] {3});
    refusesModel(
        new TestGraph(narrow).bytes(),
        RefusalReason.WRONG_GRAPH,
        "output 'action': expected float32 [n, 2]");
  }

  @Test
  void refusesAGraphThatComputesNonsense() {
    refusesModel(
        new TestGraph(SPEC).bias(Float.NaN, 0).bytes(), RefusalReason.WRONG_RESULT, "NaN", "[0]");
    refusesModel(
        new TestGraph(SPEC).weight(0, 1, Float.POSITIVE_INFINITY).bytes(),
        RefusalReason.WRONG_RESULT,
        "[1]");
    refusesModel(
        new TestGraph(SPEC).logStd(0, Float.POSITIVE_INFINITY).bytes(),
        RefusalReason.WRONG_RESULT,
        "log_std[1] is Infinity");
    refusesModel(
        new TestGraph(SPEC).high(3, 14).bias(0, 9).bytes(),
        RefusalReason.WRONG_RESULT,
        "action[1] is 14",
        "0.0 to 10.0");
    refusesModel(
        new TestGraph(SPEC).high(3, 8).bytes(),
        RefusalReason.WRONG_RESULT,
        "action[1] and its squashed mean differ: 4.0 and 5.0");
  }

  private void refuses(
      Consumer<PolicySnapshotHeader.Builder> change, RefusalReason reason, String... parts) {
    refuses(snapshot(1, MODEL, change), reason, parts);
  }

  private void refusesModel(byte[] model, RefusalReason reason, String... parts) {
    refuses(snapshot(1, model, header -> {}), reason, parts);
  }

  private void refuses(PolicySnapshot snapshot, RefusalReason reason, String... parts) {
    assertThatThrownBy(() -> verifier.verify(verifier.decode(snapshot.toByteArray())))
        .asInstanceOf(type(SnapshotRefusedException.class))
        .satisfies(refused -> assertThat(refused.reason()).isEqualTo(reason))
        .satisfies(refused -> assertThat(refused).hasMessageContainingAll(parts));
  }

  private void refusesToDecode(byte[] value, RefusalReason reason, String part) {
    assertThatThrownBy(() -> verifier.decode(value))
        .asInstanceOf(type(SnapshotRefusedException.class))
        .satisfies(refused -> assertThat(refused.reason()).isEqualTo(reason))
        .satisfies(refused -> assertThat(refused).hasMessageContaining(part));
  }
}
