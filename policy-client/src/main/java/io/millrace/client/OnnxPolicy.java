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
import io.millrace.client.ActionDistribution.Output;
import io.millrace.schemas.StreamSpec;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The graph of a policy in ONNX Runtime: {@code observation} [n, S] to {@code action} [n, A] and to
 * what the distribution of actions is made of, all float32 (see {@code policy.proto}). May be run
 * by several threads at once. The caller sees to it that nobody runs it once it is closed.
 */
final class OnnxPolicy implements AutoCloseable {
  private static final String OBSERVATION = "observation";
  private static final String ACTION = "action";

  private final int observationSize;
  private final ActionDistribution distribution;
  private final OrtSession session;

  private OnnxPolicy(int observationSize, ActionDistribution distribution, OrtSession session) {
    this.observationSize = observationSize;
    this.distribution = distribution;
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
    var policy = new OnnxPolicy(spec.observationSize(), ActionDistribution.of(spec), session);
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
      check("output", ACTION, session.getOutputInfo(), distribution.actionSize());
      for (var output : distribution.outputs()) {
        check("output", output.name(), session.getOutputInfo(), output.size());
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
      var actions = new float[rows(observations) * distribution.actionSize()];
      floats(outputs, new Output(ACTION, distribution.actionSize()), rows(observations))
          .get(actions);
      return actions;
    }
  }

  /**
   * Computes what actions are drawn from.
   *
   * @param observations [rows, observation size]
   * @return the outputs of the distribution, in their order
   */
  List<FloatBuffer> distribution(float[] observations) throws OrtException {
    var names = distribution.outputs().stream().map(Output::name).collect(Collectors.toSet());
    try (var input = tensor(observations);
        var outputs = session.run(Map.of(OBSERVATION, input), names)) {
      List<FloatBuffer> computed = new ArrayList<>();
      for (Output output : distribution.outputs()) {
        computed.add(floats(outputs, output, rows(observations)));
      }
      return computed;
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
  private static FloatBuffer floats(OrtSession.Result outputs, Output output, int rows)
      throws OrtException {
    var tensor = (OnnxTensor) outputs.get(output.name()).orElseThrow();
    long[] shape = tensor.getInfo().getShape();
    if (shape.length != 2 || shape[0] != rows || shape[1] != output.size()) {
      throw new OrtException(
          "output '"
              + output.name()
              + "': expected ["
              + rows
              + ", "
              + output.size()
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
}
