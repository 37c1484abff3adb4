package io.millrace.client;

import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Decides whether a snapshot may be acted with: first what its header promises, then the model's
 * bytes, then the graph, and last what the graph computes.
 */
final class SnapshotVerifier {
  private static final int PROBES = 8;
  private static final double BOUND_TOLERANCE = 1e-5;
  private static final double SQUASH_TOLERANCE = 1e-3;
  private static final double PROBABILITY_TOLERANCE = 1e-4;
  private static final double VALUE_TOLERANCE = 1e-4;

  private final String policyId;
  private final StreamSpec spec;
  private final ActionDistribution distribution;
  private final int maxModelBytes;

  SnapshotVerifier(String policyId, StreamSpec spec, int maxModelBytes) {
    this.policyId = policyId;
    this.spec = spec;
    this.distribution = ActionDistribution.of(spec);
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
    if (header.getModelFormat() != distribution.format()) {
      throw new SnapshotRefusedException(
          RefusalReason.UNSUPPORTED_FORMAT,
          "model format "
              + header.getModelFormatValue()
              + ": this client knows "
              + distribution.format().getNumber()
              + " ("
              + distribution.format()
              + ") for such actions");
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
   * must be finite and in bounds, the action must be the squashed mean or the most likely one, and
   * a row must not depend on the rows around it.
   */
  private void probe(OnnxPolicy graph) throws SnapshotRefusedException {
    try {
      float[] observations = probes();
      float[] actions = graph.actions(observations);
      List<FloatBuffer> computed = graph.distribution(observations);
      for (int k = 0; k < computed.size(); k++) {
        var output = distribution.outputs().get(k);
        for (int i = 0; i < PROBES * output.size(); i++) {
          requireFinite(output, i, computed.get(k));
        }
      }
      int last = PROBES - 1;
      int size = spec.observationSize();
      float[] alone = Arrays.copyOfRange(observations, last * size, (last + 1) * size);
      if (distribution instanceof SquashedGaussian gaussian) {
        for (int i = 0; i < actions.length; i++) {
          requireAction(gaussian, i, actions[i], computed.get(0).get(i));
        }
        requireSameActions(graph.actions(alone), actions, last);
      } else {
        for (int row = 0; row < PROBES; row++) {
          requireMostLikely(row, actions[row], computed.get(0), computed.get(1));
        }
        // Not the actions: of two that are worth the same either may come out.
        requireSameValues(graph.distribution(alone).get(1), computed.get(1), last);
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

  private static void requireFinite(ActionDistribution.Output output, int index, FloatBuffer values)
      throws SnapshotRefusedException {
    if (!Float.isFinite(values.get(index))) {
      throw wrongResult(
          output.name() + "[" + index % output.size() + "] is " + values.get(index),
          index / output.size());
    }
  }

  private void requireSameActions(float[] alone, float[] actions, int row)
      throws SnapshotRefusedException {
    for (int i = 0; i < spec.actionSize(); i++) {
      requireClose(
          "action[" + i + "] of a row alone and among others",
          i,
          alone[i],
          actions[row * spec.actionSize() + i]);
    }
  }

  private void requireSameValues(FloatBuffer alone, FloatBuffer values, int row)
      throws SnapshotRefusedException {
    for (int i = 0; i < spec.discreteActions(); i++) {
      double expected = values.get(row * spec.discreteActions() + i);
      if (Math.abs(alone.get(i) - expected) > VALUE_TOLERANCE * (1 + Math.abs(expected))) {
        throw new SnapshotRefusedException(
            RefusalReason.WRONG_RESULT,
            "value["
                + i
                + "] of a row alone and among others differ: "
                + alone.get(i)
                + " and "
                + expected);
      }
    }
  }

  /**
   * The action has the highest value and the highest probability, and those make a distribution.
   */
  private void requireMostLikely(
      int row, float action, FloatBuffer probabilities, FloatBuffer values)
      throws SnapshotRefusedException {
    int count = spec.discreteActions();
    if (!(action >= 0 && action < count && action == (int) action)) {
      throw wrongResult(
          "action[0] is " + action + ": expected the index of one of " + count + " actions", row);
    }
    double sum = 0;
    int likeliest = 0;
    int best = 0;
    for (int i = 0; i < count; i++) {
      float probability = probabilities.get(row * count + i);
      if (probability < 0) {
        throw wrongResult("probability[" + i + "] is " + probability, row);
      }
      sum += probability;
      likeliest = probability > probabilities.get(row * count + likeliest) ? i : likeliest;
      best = values.get(row * count + i) > values.get(row * count + best) ? i : best;
    }
    if (Math.abs(sum - 1) > PROBABILITY_TOLERANCE) {
      throw wrongResult("the probabilities add up to " + sum, row);
    }
    int chosen = row * count + (int) action;
    double highest = values.get(row * count + best);
    if (probabilities.get(chosen) < probabilities.get(row * count + likeliest)
        || values.get(chosen) < highest - VALUE_TOLERANCE * (1 + Math.abs(highest))) {
      throw wrongResult(
          "action[0] is "
              + (int) action
              + ", the most likely one is "
              + likeliest
              + " and the one of the highest value "
              + best,
          row);
    }
  }

  private void requireAction(SquashedGaussian gaussian, int index, float action, float mean)
      throws SnapshotRefusedException {
    int i = index % spec.actionSize();
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
          index / spec.actionSize());
    }
    requireClose("action[" + i + "] and its squashed mean", i, action, gaussian.mode(i, mean));
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

  private static SnapshotRefusedException wrongResult(String what, int probe) {
    return new SnapshotRefusedException(RefusalReason.WRONG_RESULT, what + ", for probe " + probe);
  }
}
