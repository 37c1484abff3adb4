package io.millrace.trainer.algorithm;

import java.util.List;

/**
 * A copy of a policy's layers, for export. ReLU stands between the layers. The last layer's outputs
 * are the means of the {@code actionSize} Gaussians before squashing, then their log standard
 * deviations, which are to be clamped to [{@link #MIN_LOG_STD}, {@link #MAX_LOG_STD}]; the action
 * in [-1, 1] is {@code tanh} of the Gaussian.
 *
 * @param observationSize inputs of the first layer
 * @param actionSize half the outputs of the last layer
 * @param layers first to last
 */
public record PolicyNetwork(int observationSize, int actionSize, List<Layer> layers) {
  public static final double MIN_LOG_STD = -20;
  public static final double MAX_LOG_STD = 2;

  public PolicyNetwork {
    layers = List.copyOf(layers);
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
