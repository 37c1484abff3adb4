package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.millrace.schemas.v1.DeadLetter;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.schemas.v1.RejectionReason;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.schemas.v1.StreamSpecification;
import io.millrace.schemas.v1.Transition;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Bytes that were written once, by Python's protobuf 7.36 from these files, and that every later
 * version must read and write the same. A file in {@code golden/} is never changed; a new field is
 * put into a new file.
 */
class GoldenBytesTest {
  private static final StreamSpecification SPECIFICATION =
      StreamSpecification.newBuilder()
          .setStream("pendulum")
          .setObservationSize(3)
          .addAllActionLow(List.of(-2f, .5f))
          .addAllActionHigh(List.of(2f, 1e30f))
          .build();

  @Test
  void transition() throws Exception {
    var expected =
        Transition.newBuilder()
            .setPolicyId("pendulum")
            .setPolicyRevision(7)
            .setEpisodeId(0xFEDCBA9876543210L)
            .setStep(199)
            .setEventTimeMicros(1_767_323_045_123_456L)
            .addAllObservation(List.of(.5f, -.25f, 8f))
            .addAction(-1.75f)
            .setReward(-16.25f)
            .addAllNextObservation(List.of(.125f, -1f, -8f))
            .setTerminated(true)
            .setTruncated(true)
            .setBehaviourLogProbability(-0f)
            .build();
    readsAndWrites("transition", Transition.parser(), expected);
  }

  @Test
  void transitionOfWhichTheBehaviourLogProbabilityIsNotKnown() throws Exception {
    var expected =
        Transition.newBuilder().addObservation(1).addAction(0).addNextObservation(2).build();
    Transition read = readsAndWrites("transition-least", Transition.parser(), expected);
    assertThat(read.hasBehaviourLogProbability()).isFalse();
  }

  @Test
  void policySnapshot() throws Exception {
    var sha256 = new byte[32];
    for (int i = 0; i < sha256.length; i++) {
      sha256[i] = (byte) i;
    }
    var header =
        PolicySnapshotHeader.newBuilder()
            .setPolicyId("pendulum")
            .setRevision(1L << 40)
            .setUpdate(123_456_789)
            .setStorePosition(
                StorePosition.newBuilder().setManifestSequence(300).setRows(5_000_000_000L))
            .setModelFormat(ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN)
            .setModelSizeBytes(4)
            .setModelSha256(ByteString.copyFrom(sha256))
            .setSpecification(SPECIFICATION)
            .setAlgorithm("cql-sac")
            .putHyperParameters("trainer.conservative-weight", "5.0")
            .putMetrics("conservative-gap", -1.5)
            .setCreatedTimeMicros(1_767_323_045_123_456L)
            .setRunId("2f9c");
    var expected =
        PolicySnapshot.newBuilder()
            .setHeader(header)
            .setModel(ByteString.copyFrom(new byte[] {0, 1, -2, -1}))
            .build();
    readsAndWrites("policy-snapshot", PolicySnapshot.parser(), expected);
  }

  @Test
  void policySnapshotOfDiscreteActions() throws Exception {
    var header =
        PolicySnapshotHeader.newBuilder()
            .setPolicyId("cartpole")
            .setRevision(3)
            .setModelFormat(ModelFormat.MODEL_FORMAT_ONNX_CATEGORICAL)
            .setModelSizeBytes(1)
            .setSpecification(
                StreamSpecification.newBuilder()
                    .setStream("cartpole")
                    .setObservationSize(4)
                    .setDiscreteActions(300))
            .setAlgorithm("cql-discrete");
    var expected =
        PolicySnapshot.newBuilder()
            .setHeader(header)
            .setModel(ByteString.copyFrom(new byte[] {7}))
            .build();
    readsAndWrites("policy-snapshot-discrete", PolicySnapshot.parser(), expected);
  }

  @Test
  void deadLetter() throws Exception {
    var expected =
        DeadLetter.newBuilder()
            .setTopic("pendulum.transitions")
            .setPartition(3)
            .setOffset(1L << 33)
            .setRecordTimestampMillis(1_767_323_045_123L)
            .setReason(RejectionReason.REJECTION_REASON_ACTION_OUT_OF_BOUNDS)
            .setField("action[0]")
            .setActual("2.5")
            .setExpected("-2.0 to 2.0")
            .setValueSizeBytes(2_097_152)
            .setValueCut(true)
            .setKeySizeBytes(300)
            .setKeyCut(true)
            .build();
    readsAndWrites("dead-letter", DeadLetter.parser(), expected);
  }

  @Test
  void storeManifest() throws Exception {
    long offset = 1L << 33;
    var expected =
        StoreManifest.newBuilder()
            .setSequence(12)
            .setRunId("run-1")
            .setCheckpointId(34)
            .setTopic("pendulum.transitions")
            .setLayoutVersion(1)
            .setSpecification(SPECIFICATION)
            .addSegments(
                SegmentInfo.newBuilder()
                    .setPath("segments/run-1/000001.sst")
                    .setShard(2)
                    .setPartition(3)
                    .setRows(1000)
                    .setSizeBytes(104_000)
                    .setCrc32C(0xDEADBEEF)
                    .setFirstOffset(offset)
                    .setLastOffset(offset + 1001)
                    .setMinEventTimeMicros(-1)
                    .setMaxEventTimeMicros(1_767_323_045_123_456L))
            .addSegments(
                SegmentInfo.newBuilder()
                    .setPath("segments/run-1/000002.sst")
                    .setRows(1)
                    .setSizeBytes(300))
            .addSources(
                SourceRange.newBuilder()
                    .setPartition(3)
                    .setStartOffset(offset)
                    .setEndOffset(offset + 1002)
                    .setRejected(2))
            .addSources(SourceRange.newBuilder().setEndOffset(1))
            .setRows(1001)
            .setTotalRows(5_000_001_001L)
            .setTotalRejected(17)
            .setCreatedTimeMicros(1_767_323_045_123_456L)
            .build();
    readsAndWrites("store-manifest", StoreManifest.parser(), expected);
  }

  private static <M extends Message> M readsAndWrites(String name, Parser<M> parser, M expected)
      throws IOException {
    byte[] golden;
    try (var in = GoldenBytesTest.class.getResourceAsStream("/golden/" + name + ".bin")) {
      golden = in.readAllBytes();
    }
    M read = parser.parseFrom(golden);
    assertThat(read).isEqualTo(expected);
    assertThat(read.getUnknownFields().asMap()).isEmpty();
    assertThat(read.toByteArray()).isEqualTo(golden);
    assertThat(expected.toByteArray()).isEqualTo(golden);
    return read;
  }
}
