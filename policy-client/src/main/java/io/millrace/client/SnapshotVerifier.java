package io.millrace.client;

import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/**
 * Decides whether a snapshot may be acted with: first what its header promises, then the model's
 * bytes, then the graph, and last what the graph computes.
 */
final class SnapshotVerifier {
  private static final int PROBES = 8;
  private static final double BOUND_TOLERANCE = 1e-5;
  private static final double SQUASH_TOLERANCE = 1e-3;

  private final String policyId;
  private final StreamSpec spec;
  private final SquashedGaussian distribution;
  private final int maxModelBytes;

  SnapshotVerifier(String policyId, StreamSpec spec, int maxModelBytes) {
    this.policyId = policyId;
    this.spec = spec;
    this.distribution = new SquashedGaussian(spec);
    this.maxModelBytes = maxModelBytes;
  }

  /** What rows of the stream look like for this service. */
  StreamSpec spec() {
    return spec;
  }

  /**
   * Decodes a record's value. What it says is not verified, but its policy id and that it has a
   * revision.
   */
  PolicySnapshot decode(byte[] value) throws SnapshotRefusedException {
    if (value == null || value.length == 0) {
      throw new SnapshotRefusedException(
          RefusalReason.EMPTY, "the record has no value: a tombstone takes no policy away");
    }
    PolicySnapshot snapshot;
    try {
      snapshot = PolicySnapshot.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new SnapshotRefusedException(
          RefusalReason.UNDECODABLE, "not a PolicySnapshot: " + e.getMessage(), e);
    }
    PolicySnapshotHeader header = snapshot.getHeader();
    if (!snapshot.hasHeader() || header.getRevision() < 1) {
      throw new SnapshotRefusedException(
          RefusalReason.UNDECODABLE,
          "not a PolicySnapshot: expected a header with a revision of 1 or more, got "
              + header.getRevision());
    }
    if (!header.getPolicyId().equals(policyId)) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_POLICY,
          "the header is of policy '" + header.getPolicyId() + "', the key of '" + policyId + "'");
    }
    return snapshot;
  }

  /** Verifies the rest, and loads the graph; the caller closes it. */
  OnnxPolicy verify(PolicySnapshot snapshot) throws SnapshotRefusedException {
    verifyHeader(snapshot.getHeader());
    verifyBytes(snapshot.getHeader(), snapshot.getModel());
    OnnxPolicy graph = OnnxPolicy.load(snapshot.getModel().toByteArray(), spec);
    try {
      probe(graph);
      return graph;
    } catch (SnapshotRefusedException | RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  private void verifyHeader(PolicySnapshotHeader header) throws SnapshotRefusedException {
    StreamSpec published;
    try {
      published = StreamSpec.of(header.getSpecification());
    } catch (IllegalArgumentException e) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_SPECIFICATION, "no valid specification: " + e.getMessage(), e);
    }
    if (!published.equals(spec)) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_SPECIFICATION, "expected " + spec + "; got " + published);
    }
    if (header.getModelFormat() != ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN) {
      throw new SnapshotRefusedException(
          RefusalReason.UNSUPPORTED_FORMAT,
          "model format "
              + header.getModelFormatValue()
              + ": this client knows "
              + ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN_VALUE
              + " (ONNX, squashed Gaussian)");
    }
  }

  private void verifyBytes(PolicySnapshotHeader header, ByteString model)
      throws SnapshotRefusedException {
    if (model.size() > maxModelBytes) {
      throw new SnapshotRefusedException(
          RefusalReason.TOO_LARGE,
          "the model has " + model.size() + " bytes: at most " + maxModelBytes + " are accepted");
    }
    if (model.size() != header.getModelSizeBytes()) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_SIZE,
          "the model has "
              + model.size()
              + " bytes, its header says "
              + Long.toUnsignedString(header.getModelSizeBytes()));
    }
    byte[] actual = sha256(model);
    byte[] expected = header.getModelSha256().toByteArray();
    if (!MessageDigest.isEqual(actual, expected)) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_CHECKSUM,
          "the model's SHA-256 is "
              + HexFormat.of().formatHex(actual)
              + ", its header says "
              + HexFormat.of().formatHex(expected));
    }
  }

  private static byte[] sha256(ByteString model) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      model.asReadOnlyByteBufferList().forEach(digest::update);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Runs the graph on an observation of zeros, one of ones, and some of unit variance: everything
   * must be finite and in bounds, the action must be the squashed mean, and a row must not depend
   * on the rows around it.
   */
  private void probe(OnnxPolicy graph) throws SnapshotRefusedException {
    try {
      float[] observations = probes();
      float[] actions = graph.actions(observations);
      OnnxPolicy.Gaussian gaussian = graph.gaussian(observations);
      for (int i = 0; i < actions.length; i++) {
        requireFinite("mean", i, gaussian.mean());
        requireFinite("log_std", i, gaussian.logStandardDeviation());
        requireAction(i, actions[i], gaussian.mean().get(i));
      }
      int last = PROBES - 1;
      int size = spec.observationSize();
      var alone = new float[size];
      System.arraycopy(observations, last * size, alone, 0, size);
      float[] actionsAlone = graph.actions(alone);
      for (int i = 0; i < spec.actionSize(); i++) {
        requireClose(
            "action[" + i + "] of a row alone and among others",
            i,
            actionsAlone[i],
            actions[last * spec.actionSize() + i]);
      }
    } catch (OrtException e) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_RESULT, "the model cannot be run: " + e.getMessage(), e);
    }
  }

  private float[] probes() {
    int size = spec.observationSize();
    var observations = new float[PROBES * size];
    var random = new Random(0);
    for (int i = size; i < observations.length; i++) {
      observations[i] = i < 2 * size ? 1 : (float) random.nextGaussian();
    }
    return observations;
  }

  private void requireFinite(String output, int index, FloatBuffer values)
      throws SnapshotRefusedException {
    if (!Float.isFinite(values.get(index))) {
      throw wrongResult(output + "[" + dimension(index) + "] is " + values.get(index), index);
    }
  }

  private void requireAction(int index, float action, float mean) throws SnapshotRefusedException {
    int i = dimension(index);
    float tolerance = (float) (BOUND_TOLERANCE * range(i));
    // Written so that a NaN fails it.
    if (!(action >= spec.actionLow(i) - tolerance && action <= spec.actionHigh(i) + tolerance)) {
      throw wrongResult(
          "action["
              + i
              + "] is "
              + action
              + ": expected "
              + spec.actionLow(i)
              + " to "
              + spec.actionHigh(i),
          index);
    }
    requireClose("action[" + i + "] and its squashed mean", i, action, distribution.mode(i, mean));
  }

  private void requireClose(String what, int dimension, double actual, double expected)
      throws SnapshotRefusedException {
    if (!(Math.abs(actual - expected) <= SQUASH_TOLERANCE * range(dimension))) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_RESULT, what + " differ: " + actual + " and " + expected);
    }
  }

  private double range(int dimension) {
    return (double) spec.actionHigh(dimension) - spec.actionLow(dimension);
  }

  private int dimension(int index) {
    return index % spec.actionSize();
  }

  private SnapshotRefusedException wrongResult(String what, int index) {
    return new SnapshotRefusedException(
        RefusalReason.WRONG_RESULT, what + ", for probe " + index / spec.actionSize());
  }
}
