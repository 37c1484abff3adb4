package io.millrace.client;

import ai.onnx.proto.OnnxMl;
import io.millrace.schemas.StreamSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.tribuo.util.onnx.ONNXAttribute;
import org.tribuo.util.onnx.ONNXContext;
import org.tribuo.util.onnx.ONNXInitializer;
import org.tribuo.util.onnx.ONNXNode;
import org.tribuo.util.onnx.ONNXOperator;
import org.tribuo.util.onnx.ONNXOperators;
import org.tribuo.util.onnx.ONNXRef;

/**
 * Policy graphs whose answer is known: {@code mean = W · observation + b}, {@code log_std}
 * constant; and graphs that are wrong in one place.
 */
final class TestGraph {
  private static final int IR_VERSION = 8;

  private final StreamSpec spec;
  private final float[] weights;
  private float[] bias;
  private float[] logStd;
  private String input = "observation";
  private String logStdOutput = "log_std";
  private int observationSize;
  private float[] high;
  private int hidden;

  /** Weights and biases of zero: the centre of the bounds, with a standard deviation of 1. */
  TestGraph(StreamSpec spec) {
    this.spec = spec;
    weights = new float[spec.observationSize() * spec.actionSize()];
    bias = new float[spec.actionSize()];
    logStd = new float[spec.actionSize()];
    observationSize = spec.observationSize();
    high = spec.actionHigh();
  }

  /** Of observation {@code i} on mean {@code j}. */
  TestGraph weight(int i, int j, float value) {
    weights[i * spec.actionSize() + j] = value;
    return this;
  }

  TestGraph bias(float... bias) {
    this.bias = bias;
    return this;
  }

  TestGraph logStd(float... logStd) {
    this.logStd = logStd;
    return this;
  }

  /** Another name for the input. */
  TestGraph input(String name) {
    input = name;
    return this;
  }

  /** Another name for the logarithm of the standard deviation. */
  TestGraph logStdOutput(String name) {
    logStdOutput = name;
    return this;
  }

  /** Another size of the observation; weights are zero. */
  TestGraph observationSize(int size) {
    observationSize = size;
    return this;
  }

  /** Squashes into other bounds than the specification's. */
  TestGraph high(float... high) {
    this.high = high;
    return this;
  }

  /** Adds a layer of size × size that changes nothing, to make the model heavy. */
  TestGraph hidden(int size) {
    hidden = size;
    return this;
  }

  byte[] bytes() {
    var graph = new ONNXContext();
    graph.setName("policy");
    int actionSize = spec.actionSize();
    ONNXRef<?> observation = graph.floatInput(input, observationSize);
    float[] meanWeights =
        observationSize == spec.observationSize()
            ? weights
            : new float[observationSize * actionSize];
    ONNXNode mean = linear(graph, "mean", observation, meanWeights, bias);
    if (hidden > 0) {
      mean = graph.operation(ONNXOperators.ADD, List.of(mean, heavyZero(graph, observation)), "m");
    }
    ONNXNode deviation =
        linear(graph, "log_std", observation, new float[observationSize * actionSize], logStd);
    var centre = new float[actionSize];
    var scale = new float[actionSize];
    for (int i = 0; i < actionSize; i++) {
      centre[i] = (high[i] + spec.actionLow(i)) / 2;
      scale[i] = (high[i] - spec.actionLow(i)) / 2;
    }
    ONNXNode squashed = graph.operation(new Unary("Tanh"), List.of(mean), "tanh");
    ONNXNode scaled =
        graph.operation(
            ONNXOperators.MUL, List.of(squashed, graph.array("scale", scale)), "scaled");
    ONNXNode action =
        graph.operation(ONNXOperators.ADD, List.of(scaled, graph.array("centre", centre)), "moved");
    action.assignTo(graph.floatOutput("action", actionSize));
    mean.assignTo(graph.floatOutput("mean", actionSize));
    deviation.assignTo(graph.floatOutput(logStdOutput, actionSize));
    return OnnxMl.ModelProto.newBuilder()
        .setGraph(graph.buildGraph())
        .setIrVersion(IR_VERSION)
        .addOpsetImport(ONNXOperators.getOpsetProto())
        .build()
        .toByteArray();
  }

  private ONNXNode heavyZero(ONNXContext graph, ONNXRef<?> observation) {
    var random = new Random(1);
    var first = random(random, observationSize * hidden);
    ONNXNode layer = linear(graph, "h1", observation, first, new float[hidden]);
    layer = linear(graph, "h2", layer, random(random, hidden * hidden), new float[hidden]);
    return linear(
        graph, "h3", layer, new float[hidden * spec.actionSize()], new float[spec.actionSize()]);
  }

  private static float[] random(Random random, int size) {
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian() * .01f;
    }
    return values;
  }

  private static ONNXNode linear(
      ONNXContext graph, String name, ONNXRef<?> input, float[] weights, float[] bias) {
    ONNXInitializer matrix =
        graph.floatTensor(
            name + ".weights",
            Arrays.asList(weights.length / bias.length, bias.length),
            buffer -> buffer.put(weights));
    return input.apply(
        ONNXOperators.GEMM, List.of(matrix, graph.array(name + ".bias", bias)), name + ".linear");
  }

  private record Unary(String name) implements ONNXOperator {
    @Override
    public String getOpName() {
      return name;
    }

    @Override
    public int getNumInputs() {
      return 1;
    }

    @Override
    public int getNumOptionalInputs() {
      return 0;
    }

    @Override
    public int getNumOutputs() {
      return 1;
    }

    @Override
    public Map<String, ONNXAttribute> getAttributes() {
      return Map.of();
    }

    @Override
    public Set<String> getMandatoryAttributeNames() {
      return Set.of();
    }

    @Override
    public int getOpVersion() {
      return ONNXOperators.getOpsetVersion();
    }

    @Override
    public String getOpDomain() {
      return "";
    }
  }
}
