package io.millrace.client;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A diagonal Gaussian squashed into the bounds of the actions: {@code a = centre + scale ·
 * tanh(u)}, {@code u ~ N(mean, exp(log_std)²)}. Density of {@code a} by the change of variables,
 * with {@code log(1 - tanh²(u)) = 2(log 2 - u - softplus(-2u))}, which does not cancel for large
 * {@code |u|} (Haarnoja et al. 2018, arXiv 1812.05905, appendix C).
 */
final class SquashedGaussian implements ActionDistribution {
  private static final double LOG_2 = Math.log(2);
  private static final double HALF_LOG_2_PI = .5 * Math.log(2 * Math.PI);

  private final float[] low;
  private final float[] high;
  private final double[] centre;
  private final double[] scale;
  private final double[] logScale;

  SquashedGaussian(StreamSpec spec) {
    low = spec.actionLow();
    high = spec.actionHigh();
    centre = new double[low.length];
    scale = new double[low.length];
    logScale = new double[low.length];
    for (int i = 0; i < low.length; i++) {
      centre[i] = ((double) high[i] + low[i]) / 2;
      scale[i] = ((double) high[i] - low[i]) / 2;
      logScale[i] = Math.log(scale[i]);
    }
  }

  @Override
  public ModelFormat format() {
    return ModelFormat.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN;
  }

  @Override
  public List<Output> outputs() {
    return List.of(new Output("mean", low.length), new Output("log_std", low.length));
  }

  @Override
  public int actionSize() {
    return low.length;
  }

  @Override
  public double modeLogProbability() {
    return Double.NaN;
  }

  /** The action without noise of one dimension. */
  double mode(int dimension, double mean) {
    return centre[dimension] + scale[dimension] * Math.tanh(mean);
  }

  @Override
  public float bounded(int dimension, float action) {
    return Math.max(low[dimension], Math.min(high[dimension], action));
  }

  @Override
  public double sample(
      List<FloatBuffer> computed, int row, RandomGenerator random, float[] actions) {
    return sample(computed.get(0), computed.get(1), row, random, actions);
  }

  /**
   * Draws the action of one row.
   *
   * @param mean of u, [rows, action size]
   * @param logStandardDeviation of u, [rows, action size]
   * @param row of both and of the actions
   * @param actions receives the row, [rows, action size]
   * @return the natural log density of the action in the units of the environment
   */
  double sample(
      FloatBuffer mean,
      FloatBuffer logStandardDeviation,
      int row,
      RandomGenerator random,
      float[] actions) {
    double logProbability = 0;
    for (int i = 0; i < low.length; i++) {
      int index = row * low.length + i;
      double logStd = logStandardDeviation.get(index);
      double noise = random.nextGaussian();
      double u = mean.get(index) + Math.exp(logStd) * noise;
      actions[index] = bounded(i, (float) mode(i, u));
      logProbability += -.5 * noise * noise - logStd - HALF_LOG_2_PI - logSlope(i, u);
    }
    return logProbability;
  }

  /** log |da/du|. */
  private double logSlope(int dimension, double u) {
    return 2 * (LOG_2 - u - softplus(-2 * u)) + logScale[dimension];
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }
}
