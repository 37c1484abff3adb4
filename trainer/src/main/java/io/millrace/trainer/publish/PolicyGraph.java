package io.millrace.trainer.publish;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.millrace.schemas.StreamSpec;
import io.millrace.trainer.algorithm.PolicyNetwork;
import io.millrace.trainer.window.ActionScale;
import io.millrace.trainer.window.ObservationScale;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tribuo.util.onnx.ONNXContext;
import org.tribuo.util.onnx.ONNXInitializer;
import org.tribuo.util.onnx.ONNXOperators;
import org.tribuo.util.onnx.ONNXRef;

/**
 * Writes a policy as the ONNX graph of {@code MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN} (see {@code
 * policy.proto}):
 *
 * <pre>
 * observation [n, S] ─► (Gemm ─► Relu)* ─► Gemm ─┬─ first A ─► mean [n, A] ─► Tanh · scale + centre ─► action [n, A]
 *                                                └─ last A ─► Clip [-20, 2] ─► log_std [n, A]
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
  public static byte[] onnx(
      PolicyNetwork policy, StreamSpec spec, Optional<ObservationScale> scale) {
    return new PolicyGraph().build(policy, spec, scale).toByteArray();
  }

  private ModelProto build(
      PolicyNetwork policy, StreamSpec spec, Optional<ObservationScale> observationScale) {
    context.setName("policy");
    int actions = policy.actionSize();
    ONNXRef<?> observation = context.floatInput("observation", policy.observationSize());
    if (observationScale.isPresent()) {
      observation = scaled(observation, observationScale.get());
    }
    ONNXRef<?> gaussian = network(observation, policy);
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
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("millrace")
        .addOpsetImport(ONNXOperators.getOpsetProto())
        .setGraph(context.buildGraph())
        .build();
  }

  private ONNXRef<?> scaled(ONNXRef<?> observation, ObservationScale scale) {
    return observation
        .apply(ONNXOperators.SUB, context.array("observation_mean", scale.mean()))
        .apply(ONNXOperators.DIV, context.array("observation_deviation", scale.deviation()));
  }

  private ONNXRef<?> network(ONNXRef<?> input, PolicyNetwork policy) {
    ONNXRef<?> output = input;
    for (int i = 0; i < policy.layers().size(); i++) {
      var layer = policy.layers().get(i);
      if (i > 0) {
        output = context.operation(PolicyOperator.RELU, List.of(output), "hidden_" + i);
      }
      ONNXInitializer weights =
          context.floatTensor(
              "weights_" + i,
              List.of(layer.outputs(), layer.inputs()),
              buffer -> buffer.put(layer.weights()));
      output =
          context.operation(
              ONNXOperators.GEMM,
              List.of(output, weights, context.array("biases_" + i, layer.biases())),
              "layer_" + i,
              Map.of("transB", 1));
    }
    return output;
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
