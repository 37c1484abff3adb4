package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.schemas.StreamSpec;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SquashedGaussianTest {
  private static final StreamSpec TORQUE =
      new StreamSpec("one", 1, new float[] {-1}, new float[] {4});
  private static final StreamSpec PLANE =
      new StreamSpec("two", 1, new float[] {-1, 0}, new float[] {3, 10});

  /**
   * The density integrates to the probability that actions are really drawn with: over an interval
   * the integral of {@code exp(log p)}, by the trapezium rule on actions, against the Gaussian's
   * distribution function of the interval's ends.
   */
  @ParameterizedTest
  @CsvSource({"0, 0", "0.7, -1", "-1.5, 0.5", "0.2, -2.5"})
  void densityIntegratesToTheProbabilityOfAnInterval(double mean, double logStd) {
    double from = -.9;
    double to = 3.2;
    int intervals = 200_000;
    double integral = 0;
    for (int i = 0; i <= intervals; i++) {
      double action = from + (to - from) * i / intervals;
      double density = Math.exp(logProbability(TORQUE, action, mean, logStd));
      integral += (i == 0 || i == intervals ? .5 : 1) * density * (to - from) / intervals;
    }
    double expected =
        normalCdf((unsquashed(TORQUE, to) - mean) / Math.exp(logStd))
            - normalCdf((unsquashed(TORQUE, from) - mean) / Math.exp(logStd));
    assertThat(integral).isCloseTo(expected, within(1e-6));
  }

  /** log p(a) = log N(atanh(x); mean, std) - log(scale (1 - x²)), x the action in [-1, 1]. */
  @Test
  void agreesWithTheClosedFormOfTheAction() {
    var random = new SplittableRandom(3);
    var distribution = new SquashedGaussian(PLANE);
    for (int i = 0; i < 10_000; i++) {
      float[] mean = {(float) random.nextDouble(-2, 2), (float) random.nextDouble(-2, 2)};
      float[] logStd = {(float) random.nextDouble(-3, 0), (float) random.nextDouble(-3, 0)};
      var actions = new float[2];
      double logProbability =
          distribution.sample(FloatBuffer.wrap(mean), FloatBuffer.wrap(logStd), 0, random, actions);
      double expected = 0;
      double slope = 0;
      for (int d = 0; d < 2; d++) {
        double x = scaled(PLANE, d, actions[d]);
        double noise = (atanh(x) - mean[d]) / Math.exp(logStd[d]);
        expected +=
            -.5 * noise * noise
                - logStd[d]
                - .5 * Math.log(2 * Math.PI)
                - Math.log(scale(PLANE, d) * (1 - x * x));
        // What the rounding of the action to float32 does to the right-hand side.
        slope += (Math.abs(noise) / Math.exp(logStd[d]) + 2) / (scale(PLANE, d) * (1 - x * x));
      }
      assertThat(logProbability).isCloseTo(expected, within(1e-9 + slope * 6e-7));
    }
  }

  /** E[1 / p(a)] over actions in an interval is the interval's length, if a ~ p. */
  @Test
  void drawsActionsWithTheDensityThatItTells() {
    var random = new SplittableRandom(5);
    var distribution = new SquashedGaussian(TORQUE);
    var mean = FloatBuffer.wrap(new float[] {.4f});
    var logStd = FloatBuffer.wrap(new float[] {-.3f});
    int samples = 400_000;
    double sum = 0;
    var action = new float[1];
    for (int i = 0; i < samples; i++) {
      double logProbability = distribution.sample(mean, logStd, 0, random, action);
      if (action[0] > 0 && action[0] < 3.5) {
        sum += Math.exp(-logProbability);
      }
    }
    assertThat(sum / samples).isCloseTo(3.5, within(.02));
  }

  @Test
  void staysFiniteAndInBoundsWhereTanhIsOne() {
    var distribution = new SquashedGaussian(PLANE);
    for (float extreme : new float[] {-500, -50, -9, 9, 50, 500}) {
      for (float logStd : new float[] {-20, 0, 2}) {
        var mean = FloatBuffer.wrap(new float[] {extreme, -extreme});
        var deviation = FloatBuffer.wrap(new float[] {logStd, logStd});
        var action = new float[2];
        double logProbability =
            distribution.sample(mean, deviation, 0, new SplittableRandom(1), action);
        assertThat(logProbability).isFinite();
        assertThat(action[0]).isBetween(-1f, 3f);
        assertThat(action[1]).isBetween(0f, 10f);
      }
    }
  }

  /** For large u, log(1 - tanh²(u)) is log 4 - 2|u|; 1 - tanh²(u) itself is 0 from |u| = 19 on. */
  @Test
  void keepsItsAccuracyWhereTheSlopeVanishes() {
    var distribution = new SquashedGaussian(TORQUE);
    var mean = FloatBuffer.wrap(new float[] {30});
    var logStd = FloatBuffer.wrap(new float[] {0});
    double logProbability = distribution.sample(mean, logStd, 0, constant(0), new float[1]);
    assertThat(logProbability)
        .isCloseTo(-.5 * Math.log(2 * Math.PI) - (Math.log(4) - 60) - Math.log(2.5), within(1e-12));
  }

  /** The log density of an action, by drawing with the noise that leads to it. */
  private static double logProbability(StreamSpec spec, double action, double mean, double logStd) {
    double exact = unsquashed(spec, action);
    float[] m = {(float) mean};
    float[] l = {(float) logStd};
    double noise = (exact - m[0]) / Math.exp(l[0]);
    return new SquashedGaussian(spec)
        .sample(FloatBuffer.wrap(m), FloatBuffer.wrap(l), 0, constant(noise), new float[1]);
  }

  private static RandomGenerator constant(double gaussian) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        throw new UnsupportedOperationException();
      }

      @Override
      public double nextGaussian() {
        return gaussian;
      }
    };
  }

  private static double unsquashed(StreamSpec spec, double action) {
    return atanh(scaled(spec, 0, action));
  }

  private static double scaled(StreamSpec spec, int dimension, double action) {
    return (action - (spec.actionHigh(dimension) + spec.actionLow(dimension)) / 2)
        / scale(spec, dimension);
  }

  private static double scale(StreamSpec spec, int dimension) {
    return (spec.actionHigh(dimension) - spec.actionLow(dimension)) / 2;
  }

  private static double atanh(double x) {
    return .5 * (Math.log1p(x) - Math.log1p(-x));
  }

  /** By Simpson's rule from 0. */
  private static double normalCdf(double z) {
    int intervals = 2_000;
    double h = z / intervals;
    double sum = 0;
    for (int i = 0; i <= intervals; i++) {
      double x = i * h;
      int weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * Math.exp(-x * x / 2);
    }
    return .5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
  }
}
