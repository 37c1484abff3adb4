package io.millrace.trainer.publish;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.trainer.algorithm.GreedyPolicy;
import io.millrace.trainer.algorithm.GreedyPolicy.ValueNetwork;
import io.millrace.trainer.algorithm.Policy;
import io.millrace.trainer.algorithm.PolicyNetwork;
import io.millrace.trainer.window.ActionScale;
import io.millrace.trainer.window.ObservationScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tribuo.util.onnx.ONNXContext;
import org.tribuo.util.onnx.ONNXInitializer;
import org.tribuo.util.onnx.ONNXOperators;
import org.tribuo.util.onnx.ONNXRef;

/**
 * Writes a policy as an ONNX graph of one of the formats that {@code policy.proto} names. {@code
 * MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN}:
 *
 * <pre>
 * observation [n, S] ─► (Gemm ─► Relu)* ─► Gemm ─┬─ first A ─► mean [n, A] ─► Tanh · scale + centre ─► action [n, A]
 *                                                └─ last A ─► Clip [-20, 2] ─► log_std [n, A]
 * </pre>
 *
 * {@code MODEL_FORMAT_ONNX_CATEGORICAL}, of N discrete actions:
 *
 * <pre>
 * observation [n, S] ─► each value network ─► mean ─► value [n, N] ─► Hardmax ─┬─ · (0, 1, …, N - 1) ─► action [n, 1]
 *                                                                              └─ · (1 - ε) + ε / N ─► probability [n, N]
 * </pre>
 *
 * Where observations are scaled, {@code Sub} of the mean and {@code Div} by the deviation come
 * first.
 *
 * <p>Equal policies give equal bytes.
 *
 * <p>Source: the operators of ONNX opset 13.
 */
public final class PolicyGraph {
  // Of ONNX 1.8, which has opset 13.
  private static final long IR_VERSION = 7;

  private final ONNXContext context = new ONNXContext();

  private PolicyGraph() {}

  /**
   * The bytes of an ONNX model.
   *
   * @param scale what observations are scaled by before the network sees them; empty: nothing
   */
  public static byte[] onnx(Policy policy, StreamSpec spec, Optional<ObservationScale> scale) {
    return new PolicyGraph().build(policy, spec, scale).toByteArray();
  }

  /** The format that a policy is written in. */
  static ModelFormat format(Policy policy) {
    return policy instanceof GreedyPolicy
        ? ModelFormat.MODEL_FORMAT_ONNX_CATEGORICAL
        : ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN;
  }

  private ModelProto build(Policy policy, StreamSpec spec, Optional<ObservationScale> scale) {
    context.setName("policy");
    ONNXRef<?> observation = context.floatInput("observation", policy.observationSize());
    if (scale.isPresent()) {
      observation = scaled(observation, scale.get());
    }
    if (policy instanceof GreedyPolicy greedy) {
      categorical(observation, greedy);
    } else if (policy instanceof PolicyNetwork network) {
      squashedGaussian(observation, network, spec);
    }
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("millrace")
        .addOpsetImport(ONNXOperators.getOpsetProto())
        .setGraph(context.buildGraph())
        .build();
  }

  private void categorical(ONNXRef<?> observation, GreedyPolicy policy) {
    int actions = policy.discreteActions();
    var action = context.floatOutput("action", 1);
    var probability = context.floatOutput("probability", actions);
    var value = context.floatOutput("value", actions);

    var values = new ArrayList<ONNXRef<?>>();
    for (int i = 0; i < policy.networks().size(); i++) {
      values.add(network(observation, policy.networks().get(i), "critic_" + i + "_"));
    }
    ONNXRef<?> mean = values.get(0);
    if (values.size() > 1) {
      mean =
          context
              .operation(ONNXOperators.SUM, values, "sum_of_values")
              .apply(ONNXOperators.DIV, context.constant("critics", (float) values.size()));
    }
    ONNXRef<?> greedy = mean.apply(ONNXOperators.HARDMAX);
    float anyAction = (float) (policy.epsilon() / actions);
    var indices = new float[actions];
    for (int i = 0; i < actions; i++) {
      indices[i] = i;
    }
    mean.apply(ONNXOperators.IDENTITY).assignTo(value);
    context
        .operation(
            ONNXOperators.GEMM,
            List.of(
                greedy, context.floatTensor("indices", List.of(actions, 1), to -> to.put(indices))),
            "index")
        .assignTo(action);
    greedy
        .apply(ONNXOperators.MUL, context.constant("greedy_share", (float) (1 - policy.epsilon())))
        .apply(ONNXOperators.ADD, context.constant("any_action_share", anyAction))
        .assignTo(probability);
  }

  private void squashedGaussian(ONNXRef<?> observation, PolicyNetwork policy, StreamSpec spec) {
    int actions = policy.actionSize();
    ONNXRef<?> gaussian = network(observation, new ValueNetwork(policy.layers(), List.of()), "");
    var action = context.floatOutput("action", actions);
    var mean = context.floatOutput("mean", actions);
    var logStd = context.floatOutput("log_std", actions);

    var rawMean = columns(gaussian, 0, actions, "raw_mean");
    rawMean.assignTo(mean);
    context
        .operation(
            PolicyOperator.CLIP,
            List.of(
                columns(gaussian, actions, 2 * actions, "raw_log_std"),
                context.constant("log_std_min", (float) PolicyNetwork.MIN_LOG_STD),
                context.constant("log_std_max", (float) PolicyNetwork.MAX_LOG_STD)),
            "clipped_log_std")
        .assignTo(logStd);

    var scale = new ActionScale(spec);
    context
        .operation(PolicyOperator.TANH, List.of(rawMean), "squashed")
        .apply(ONNXOperators.MUL, context.array("action_scale", scale.scale()))
        .apply(ONNXOperators.ADD, context.array("action_centre", scale.centre()))
        .assignTo(action);
  }

  private ONNXRef<?> scaled(ONNXRef<?> observation, ObservationScale scale) {
    return observation
        .apply(ONNXOperators.SUB, context.array("observation_mean", scale.mean()))
        .apply(ONNXOperators.DIV, context.array("observation_deviation", scale.deviation()));
  }

  /** The output of a network whose names in the graph begin with a prefix. */
  private ONNXRef<?> network(ONNXRef<?> input, ValueNetwork network, String prefix) {
    ONNXRef<?> output = input;
    for (int i = 0; i < network.layers().size(); i++) {
      var layer = network.layers().get(i);
      if (i > 0) {
        if (!network.norms().isEmpty()) {
          output = normed(output, network.norms().get(i - 1), prefix + "norm_" + i + "_");
        }
        output = context.operation(PolicyOperator.RELU, List.of(output), prefix + "hidden_" + i);
      }
      ONNXInitializer weights =
          context.floatTensor(
              prefix + "weights_" + i,
              List.of(layer.outputs(), layer.inputs()),
              buffer -> buffer.put(layer.weights()));
      output =
          context.operation(
              ONNXOperators.GEMM,
              List.of(output, weights, context.array(prefix + "biases_" + i, layer.biases())),
              prefix + "layer_" + i,
              Map.of("transB", 1));
    }
    return output;
  }

  /** LayerNorm, in operators of opset 13, which has none. */
  private ONNXRef<?> normed(ONNXRef<?> input, GreedyPolicy.Norm norm, String prefix) {
    ONNXRef<?> centred = input.apply(ONNXOperators.SUB, meanOfUnits(input));
    ONNXRef<?> variance = meanOfUnits(centred.apply(ONNXOperators.MUL, centred));
    ONNXRef<?> deviation =
        variance
            .apply(
                ONNXOperators.ADD, context.constant(prefix + "epsilon", GreedyPolicy.Norm.EPSILON))
            .apply(ONNXOperators.POW, context.constant(prefix + "root", .5f));
    return centred
        .apply(ONNXOperators.DIV, deviation)
        .apply(ONNXOperators.MUL, context.array(prefix + "gain", norm.gain()))
        .apply(ONNXOperators.ADD, context.array(prefix + "offset", norm.offset()));
  }

  private static ONNXRef<?> meanOfUnits(ONNXRef<?> units) {
    return units.apply(ONNXOperators.REDUCE_MEAN, Map.of("axes", new int[] {1}));
  }

  private ONNXRef<?> columns(ONNXRef<?> input, int from, int to, String name) {
    return context.operation(
        PolicyOperator.SLICE,
        List.of(
            input,
            context.array(name + "_from", new long[] {from}),
            context.array(name + "_to", new long[] {to}),
            context.array(name + "_axis", new long[] {1})),
        name);
  }
}
