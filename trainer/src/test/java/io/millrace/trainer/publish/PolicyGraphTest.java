package io.millrace.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.trainer.algorithm.GreedyPolicy;
import io.millrace.trainer.algorithm.PolicyNetwork;
import io.millrace.trainer.window.ObservationScale;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyGraphTest {
  private static final int OBSERVATIONS = 5;
  private static final StreamSpec SPEC =
      new StreamSpec(
          "test", OBSERVATIONS, new float[] {-1, 0.5f, -30}, new float[] {3, 0.75f, -10});

  /** Network of random weights whose log-stds leave [-20, 2] on both sides. */
  private static PolicyNetwork network(long seed, int... hidden) {
    var random = new Random(seed);
    List<PolicyNetwork.Layer> layers = new ArrayList<>();
    int inputs = OBSERVATIONS;
    for (int i = 0; i <= hidden.length; i++) {
      boolean last = i == hidden.length;
      int outputs = last ? 2 * SPEC.actionSize() : hidden[i];
      var weights = new float[inputs * outputs];
      var biases = new float[outputs];
      for (int j = 0; j < weights.length; j++) {
        weights[j] = (float) (random.nextGaussian() / Math.sqrt(inputs));
      }
      for (int j = 0; j < outputs; j++) {
        boolean logStd = last && j >= SPEC.actionSize();
        biases[j] = (float) (random.nextGaussian() * (logStd ? 15 : 0.5));
      }
      layers.add(new PolicyNetwork.Layer(inputs, outputs, weights, biases));
      inputs = outputs;
    }
    return new PolicyNetwork(OBSERVATIONS, SPEC.actionSize(), layers);
  }

  @SuppressWarnings("ArrayRecordComponent") // read once and never compared
  private record Outputs(double[] action, double[] mean, double[] logStd) {}

  /** The same in double precision, written out. */
  private static Outputs forward(PolicyNetwork policy, float[] observation) {
    var x = new double[observation.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = observation[i];
    }
    for (int k = 0; k < policy.layers().size(); k++) {
      var layer = policy.layers().get(k);
      var y = new double[layer.outputs()];
      for (int i = 0; i < y.length; i++) {
        y[i] = layer.biases()[i];
        for (int j = 0; j < x.length; j++) {
          y[i] += layer.weights()[i * x.length + j] * x[j];
        }
        boolean hidden = k + 1 < policy.layers().size();
        y[i] = hidden ? Math.max(0, y[i]) : y[i];
      }
      x = y;
    }
    int actions = SPEC.actionSize();
    var outputs = new Outputs(new double[actions], new double[actions], new double[actions]);
    for (int i = 0; i < actions; i++) {
      double low = SPEC.actionLow(i);
      double high = SPEC.actionHigh(i);
      outputs.mean[i] = x[i];
      outputs.logStd[i] = Math.min(2, Math.max(-20, x[actions + i]));
      outputs.action[i] = low + (Math.tanh(x[i]) + 1) / 2 * (high - low);
    }
    return outputs;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void graphRunsAsTheNetworkDoesInDoublePrecision(int hiddenLayers) throws OrtException {
    var policy = network(hiddenLayers, new Random(3).ints(hiddenLayers, 8, 33).toArray());
    var random = new Random(11);
    int n = 64;
    var observations = new float[n * OBSERVATIONS];
    for (int i = 0; i < observations.length; i++) {
      observations[i] = (float) (3 * random.nextGaussian());
    }
    var environment = OrtEnvironment.getEnvironment();
    int clampedLow = 0;
    int clampedHigh = 0;
    try (OrtSession session =
            environment.createSession(PolicyGraph.onnx(policy, SPEC, Optional.empty()));
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(observations), new long[] {n, OBSERVATIONS});
        OrtSession.Result result = session.run(Map.of("observation", input))) {
      var action = (float[][]) result.get("action").orElseThrow().getValue();
      var mean = (float[][]) result.get("mean").orElseThrow().getValue();
      var logStd = (float[][]) result.get("log_std").orElseThrow().getValue();
      for (int i = 0; i < n; i++) {
        var observation = new float[OBSERVATIONS];
        System.arraycopy(observations, i * OBSERVATIONS, observation, 0, OBSERVATIONS);
        var expected = forward(policy, observation);
        for (int j = 0; j < SPEC.actionSize(); j++) {
          assertThat((double) mean[i][j]).isCloseTo(expected.mean[j], within(1e-5));
          assertThat((double) logStd[i][j]).isCloseTo(expected.logStd[j], within(1e-5));
          double range = SPEC.actionHigh(j) - SPEC.actionLow(j);
          assertThat((double) action[i][j]).isCloseTo(expected.action[j], within(1e-5 * range));
          clampedLow += expected.logStd[j] == -20 ? 1 : 0;
          clampedHigh += expected.logStd[j] == 2 ? 1 : 0;
        }
      }
    }
    assertThat(clampedLow + clampedHigh).as("cases that the clamp decides").isPositive();
  }

  @Test
  void scaledGraphIsTheUnscaledOneAfterTheScale() throws OrtException {
    var policy = network(5, 16);
    var scale =
        new ObservationScale(
            new float[] {1000, -3, 0, 0.5f, 7}, new float[] {0.25f, 2, 1.001f, 30, 1e-3f});
    var random = new Random(12);
    int n = 32;
    var raw = new float[n * OBSERVATIONS];
    var scaled = new float[raw.length];
    for (int i = 0; i < raw.length; i++) {
      int j = i % OBSERVATIONS;
      raw[i] = scale.mean()[j] + (float) random.nextGaussian() * scale.deviation()[j];
      scaled[i] = (raw[i] - scale.mean()[j]) / scale.deviation()[j];
    }
    assertThat(means(PolicyGraph.onnx(policy, SPEC, Optional.of(scale)), raw, n))
        .isEqualTo(means(PolicyGraph.onnx(policy, SPEC, Optional.empty()), scaled, n));
  }

  private static float[][] means(byte[] model, float[] observations, int n) throws OrtException {
    var environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(model);
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(observations), new long[] {n, OBSERVATIONS});
        OrtSession.Result result = session.run(Map.of("observation", input))) {
      return (float[][]) result.get("mean").orElseThrow().getValue();
    }
  }

  /** Networks of random weights, LayerNorms of random gains. */
  private static GreedyPolicy greedy(int critics, boolean norm, double epsilon) {
    var random = new Random(critics);
    List<GreedyPolicy.ValueNetwork> networks = new ArrayList<>();
    for (int i = 0; i < critics; i++) {
      List<PolicyNetwork.Layer> layers = new ArrayList<>();
      List<GreedyPolicy.Norm> norms = new ArrayList<>();
      int[] sizes = {OBSERVATIONS, 12, 9, 4};
      for (int k = 0; k + 1 < sizes.length; k++) {
        layers.add(
            new PolicyNetwork.Layer(
                sizes[k],
                sizes[k + 1],
                random(random, sizes[k] * sizes[k + 1]),
                random(random, sizes[k + 1])));
        if (norm && k + 2 < sizes.length) {
          norms.add(
              new GreedyPolicy.Norm(random(random, sizes[k + 1]), random(random, sizes[k + 1])));
        }
      }
      networks.add(new GreedyPolicy.ValueNetwork(layers, norms));
    }
    return new GreedyPolicy(OBSERVATIONS, 4, networks, epsilon);
  }

  private static float[] random(Random random, int length) {
    var values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({"1, false, 0", "1, true, 0.25", "3, true, 1", "2, false, 0.05"})
  void aGraphOfDiscreteActionsIsGreedyInTheMeanValueAndExploresByEpsilon(
      int critics, boolean norm, double epsilon) throws OrtException {
    var policy = greedy(critics, norm, epsilon);
    var spec = StreamSpec.discrete("test", OBSERVATIONS, 4);
    int n = 64;
    var observations = random(new Random(7), n * OBSERVATIONS);
    var environment = OrtEnvironment.getEnvironment();
    Set<Integer> chosen = new HashSet<>();
    try (OrtSession session =
            environment.createSession(PolicyGraph.onnx(policy, spec, Optional.empty()));
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(observations), new long[] {n, OBSERVATIONS});
        OrtSession.Result result = session.run(Map.of("observation", input))) {
      var action = (float[][]) result.get("action").orElseThrow().getValue();
      var probability = (float[][]) result.get("probability").orElseThrow().getValue();
      var value = (float[][]) result.get("value").orElseThrow().getValue();
      for (int i = 0; i < n; i++) {
        // The policy's own greedy action is computed in double precision, apart from the graph.
        int best =
            policy.act(Arrays.copyOfRange(observations, i * OBSERVATIONS, (i + 1) * OBSERVATIONS));
        chosen.add(best);
        assertThat(action[i]).containsExactly(best);
        for (int j = 0; j < 4; j++) {
          assertThat(value[i][j]).isLessThanOrEqualTo(value[i][best]);
          assertThat((double) probability[i][j])
              .isCloseTo(epsilon / 4 + (j == best ? 1 - epsilon : 0), within(1e-6));
        }
      }
    }
    assertThat(chosen).as("cases that tell actions apart").hasSizeGreaterThan(1);
  }

  @Test
  void equalPoliciesGiveEqualBytes() {
    assertThat(PolicyGraph.format(network(1, 8)))
        .isEqualTo(ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN);
    assertThat(PolicyGraph.format(greedy(1, false, 0)))
        .isEqualTo(ModelFormat.MODEL_FORMAT_ONNX_CATEGORICAL);
    assertThat(PolicyGraph.onnx(network(1, 8, 8), SPEC, Optional.empty()))
        .isEqualTo(PolicyGraph.onnx(network(1, 8, 8), SPEC, Optional.empty()))
        .isNotEqualTo(PolicyGraph.onnx(network(2, 8, 8), SPEC, Optional.empty()));
  }

  private static org.assertj.core.data.Offset<Double> within(double value) {
    return org.assertj.core.api.Assertions.within(value);
  }
}
