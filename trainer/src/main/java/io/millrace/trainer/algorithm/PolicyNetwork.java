package io.millrace.trainer.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A Gaussian policy's layers. ReLU stands between the layers. The last layer's outputs are the
 * means of the {@code actionSize} Gaussians before squashing, then their log standard deviations,
 * which are to be clamped to [{@link #MIN_LOG_STD}, {@link #MAX_LOG_STD}]; the action in [-1, 1] is
 * {@code tanh} of the Gaussian.
 *
 * @param observationSize inputs of the first layer
 * @param actionSize half the outputs of the last layer
 * @param layers first to last
 */
public record PolicyNetwork(int observationSize, int actionSize, List<Layer> layers)
    implements Policy {
  public static final double MIN_LOG_STD = -20;
  public static final double MAX_LOG_STD = 2;

  public PolicyNetwork {
    layers = List.copyOf(layers);
  }

  /**
   * The same network as a Gaussian whose standard deviation is the same everywhere, where the last
   * layer has the means only.
   */
  PolicyNetwork withLogStd(double logStd) {
    var all = new ArrayList<>(layers);
    Layer means = all.remove(all.size() - 1);
    var weights = Arrays.copyOf(means.weights, 2 * means.weights.length);
    var biases = Arrays.copyOf(means.biases, 2 * means.biases.length);
    Arrays.fill(biases, means.outputs, biases.length, (float) logStd);
    all.add(new Layer(means.inputs, 2 * means.outputs, weights, biases));
    return new PolicyNetwork(observationSize, actionSize, all);
  }

  /**
   * One layer, {@code y = W x + b}.
   *
   * @param weights W, row-major {@code [outputs, inputs]}
   * @param biases b, {@code [outputs]}
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier for the export; never compared
  public record Layer(int inputs, int outputs, float[] weights, float[] biases) {}
}
