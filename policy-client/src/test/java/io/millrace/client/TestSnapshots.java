package io.millrace.client;

import com.google.protobuf.ByteString;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.schemas.v1.StorePosition;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.Consumer;

/** Snapshots as a trainer publishes them. */
final class TestSnapshots {
  static final String POLICY = "pilot";
  static final StreamSpec SPEC =
      new StreamSpec("plane", 2, new float[] {-1, 0}, new float[] {3, 10});

  private TestSnapshots() {}

  static PolicySnapshot snapshot(long revision, TestGraph graph) {
    return snapshot(revision, graph.bytes(), header -> {});
  }

  static PolicySnapshot snapshot(
      long revision, byte[] model, Consumer<PolicySnapshotHeader.Builder> change) {
    var header =
        PolicySnapshotHeader.newBuilder()
            .setPolicyId(POLICY)
            .setRevision(revision)
            .setRunId("run-1")
            .setUpdate(100 * revision)
            .setStorePosition(StorePosition.newBuilder().setManifestSequence(7).setRows(5000))
            .setModelFormat(ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN)
            .setModelSizeBytes(model.length)
            .setModelSha256(ByteString.copyFrom(sha256(model)))
            .setSpecification(SPEC.toMessage())
            .setAlgorithm("cql-sac")
            .putHyperParameters("alpha", "5")
            .putMetrics("gap", -1.5)
            .setCreatedTimeMicros(1_700_000_000_123_456L);
    change.accept(header);
    return PolicySnapshot.newBuilder()
        .setHeader(header)
        .setModel(ByteString.copyFrom(model))
        .build();
  }

  /**
   * A policy whose action without noise tells its revision: in the first dimension {@code 1 + 2
   * tanh (revision / 1000)}.
   */
  static TestGraph telling(long revision) {
    return new TestGraph(SPEC).bias(revision / 1000f, 0);
  }

  static float told(long revision) {
    return (float) (1 + 2 * Math.tanh(revision / 1000.));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
