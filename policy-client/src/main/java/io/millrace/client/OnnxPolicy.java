package io.millrace.client;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import io.millrace.schemas.StreamSpec;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * The graph of a policy in ONNX Runtime: {@code MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN}, that is
 * {@code observation} [n, S] to {@code action}, {@code mean} and {@code log_std} [n, A], all
 * float32. May be run by several threads at once. The caller sees to it that nobody runs it once it
 * is closed.
 */
final class OnnxPolicy implements AutoCloseable {
  private static final String OBSERVATION = "observation";
  private static final String ACTION = "action";
  private static final String MEAN = "mean";
  private static final String LOG_STD = "log_std";

  private final int observationSize;
  private final int actionSize;
  private final OrtSession session;

  private OnnxPolicy(int observationSize, int actionSize, OrtSession session) {
    this.observationSize = observationSize;
    this.actionSize = actionSize;
    this.session = session;
  }

  /**
   * Loads a graph and checks its inputs and outputs.
   *
   * @throws SnapshotRefusedException if ONNX Runtime cannot load it, or it has other inputs or
   *     outputs
   */
  static OnnxPolicy load(byte[] model, StreamSpec spec) throws SnapshotRefusedException {
    OrtSession session;
    try (var options = new SessionOptions()) {
      // A request is answered on the thread that makes it: a policy's graph is too small to be
      // worth
      // another thread, and spinning workers would take the service's cores.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.addConfigEntry("session.inter_op.allow_spinning", "0");
      // What goes wrong is in the exception; on standard error it would be the service's log.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      session = OrtEnvironment.getEnvironment().createSession(model, options);
    } catch (OrtException e) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_GRAPH, "ONNX Runtime cannot load the model: " + e.getMessage(), e);
    }
    var policy = new OnnxPolicy(spec.observationSize(), spec.actionSize(), session);
    try {
      policy.check();
    } catch (SnapshotRefusedException | RuntimeException e) {
      policy.close();
      throw e;
    }
    return policy;
  }

  private void check() throws SnapshotRefusedException {
    try {
      Map<String, NodeInfo> inputs = session.getInputInfo();
      if (!inputs.keySet().equals(Set.of(OBSERVATION))) {
        throw new SnapshotRefusedException(
            RefusalReason.WRONG_GRAPH,
            "inputs " + inputs.keySet() + ": expected one, '" + OBSERVATION + "'");
      }
      check("input", OBSERVATION, inputs, observationSize);
      for (String output : new String[] {ACTION, MEAN, LOG_STD}) {
        check("output", output, session.getOutputInfo(), actionSize);
      }
    } catch (OrtException e) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_GRAPH, "inputs and outputs cannot be read: " + e.getMessage(), e);
    }
  }

  private static void check(String kind, String name, Map<String, NodeInfo> nodes, int size)
      throws SnapshotRefusedException {
    NodeInfo node = nodes.get(name);
    if (node == null) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_GRAPH,
          "no " + kind + " '" + name + "': the graph has " + nodes.keySet());
    }
    if (!(node.getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT
        || !fits(tensor.getShape(), size)) {
      throw new SnapshotRefusedException(
          RefusalReason.WRONG_GRAPH,
          kind + " '" + name + "': expected float32 [n, " + size + "], got " + node.getInfo());
    }
  }

  /** A size of -1 is one that the graph leaves open. */
  private static boolean fits(long[] shape, int size) {
    return shape.length == 2 && shape[0] == -1 && (shape[1] == size || shape[1] == -1);
  }

  /**
   * Computes the actions without noise.
   *
   * @param observations [rows, observation size]
   * @return [rows, action size]
   */
  float[] actions(float[] observations) throws OrtException {
    try (var input = tensor(observations);
        var outputs = session.run(Map.of(OBSERVATION, input), Set.of(ACTION))) {
      var actions = new float[rows(observations) * actionSize];
      floats(outputs, ACTION, rows(observations)).get(actions);
      return actions;
    }
  }

  /**
   * Computes the Gaussian before the squashing.
   *
   * @param observations [rows, observation size]
   */
  Gaussian gaussian(float[] observations) throws OrtException {
    try (var input = tensor(observations);
        var outputs = session.run(Map.of(OBSERVATION, input), Set.of(MEAN, LOG_STD))) {
      int rows = rows(observations);
      return new Gaussian(floats(outputs, MEAN, rows), floats(outputs, LOG_STD, rows));
    }
  }

  private int rows(float[] observations) {
    return observations.length / observationSize;
  }

  private OnnxTensor tensor(float[] observations) throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(),
        FloatBuffer.wrap(observations),
        new long[] {rows(observations), observationSize});
  }

  /** A copy of an output, since what it was computed into is gone with the result. */
  private FloatBuffer floats(OrtSession.Result outputs, String name, int rows) throws OrtException {
    var tensor = (OnnxTensor) outputs.get(name).orElseThrow();
    long[] shape = tensor.getInfo().getShape();
    if (shape.length != 2 || shape[0] != rows || shape[1] != actionSize) {
      throw new OrtException(
          "output '"
              + name
              + "': expected ["
              + rows
              + ", "
              + actionSize
              + "], got "
              + Arrays.toString(shape));
    }
    return tensor.getFloatBuffer();
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot close a session", e);
    }
  }

  /** Means and logarithms of standard deviations, each [rows, action size]. */
  record Gaussian(FloatBuffer mean, FloatBuffer logStandardDeviation) {}
}
