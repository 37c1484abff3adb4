package io.millrace.client;

import ai.onnx.proto.OnnxMl;
import java.util.List;
import org.tribuo.util.onnx.ONNXContext;
import org.tribuo.util.onnx.ONNXNode;
import org.tribuo.util.onnx.ONNXOperators;
import org.tribuo.util.onnx.ONNXRef;

/**
 * Policy graphs over discrete actions whose answer is known: values {@code W · observation + b},
 * greedy but for a share ε; and graphs that are wrong in one place.
 */
final class ChoiceGraph {
  private static final int IR_VERSION = 8;

  private final int observationSize;
  private final int actions;
  private final float[] weights;
  private final float[] bias;
  private float epsilon;
  private float indexShift;
  private float probabilityFactor = 1;
  private String valueOutput = "value";

  /** All values 0, so that the first action is the greedy one. */
  ChoiceGraph(int observationSize, int actions) {
    this.observationSize = observationSize;
    this.actions = actions;
    weights = new float[observationSize * actions];
    bias = new float[actions];
  }

  /** Of observation {@code i} on the value of action {@code j}. */
  ChoiceGraph weight(int i, int j, float value) {
    weights[i * actions + j] = value;
    return this;
  }

  ChoiceGraph bias(int action, float value) {
    bias[action] = value;
    return this;
  }

  ChoiceGraph epsilon(float value) {
    epsilon = value;
    return this;
  }

  /** Tells other actions than the greedy ones. */
  ChoiceGraph indexShift(float shift) {
    indexShift = shift;
    return this;
  }

  /** Tells probabilities that do not add up to 1. */
  ChoiceGraph probabilityFactor(float factor) {
    probabilityFactor = factor;
    return this;
  }

  /** Another name for the values. */
  ChoiceGraph valueOutput(String name) {
    valueOutput = name;
    return this;
  }

  byte[] bytes() {
    var graph = new ONNXContext();
    graph.setName("policy");
    ONNXRef<?> observation = graph.floatInput("observation", observationSize);
    ONNXNode values =
        observation.apply(
            ONNXOperators.GEMM,
            List.of(
                graph.floatTensor(
                    "weights", List.of(observationSize, actions), to -> to.put(weights)),
                graph.array("bias", bias)),
            "values");
    ONNXNode greedy = values.apply(ONNXOperators.HARDMAX);
    var indices = new float[actions];
    for (int i = 0; i < actions; i++) {
      indices[i] = i + indexShift;
    }
    graph
        .operation(
            ONNXOperators.GEMM,
            List.of(
                greedy, graph.floatTensor("indices", List.of(actions, 1), to -> to.put(indices))),
            "index")
        .assignTo(graph.floatOutput("action", 1));
    greedy
        .apply(ONNXOperators.MUL, graph.constant("greedy", probabilityFactor * (1 - epsilon)))
        .apply(ONNXOperators.ADD, graph.constant("any", probabilityFactor * epsilon / actions))
        .assignTo(graph.floatOutput("probability", actions));
    values.apply(ONNXOperators.IDENTITY).assignTo(graph.floatOutput(valueOutput, actions));
    return OnnxMl.ModelProto.newBuilder()
        .setGraph(graph.buildGraph())
        .setIrVersion(IR_VERSION)
        .addOpsetImport(ONNXOperators.getOpsetProto())
        .build()
        .toByteArray();
  }
}
