package io.millrace.trainer.window;

/** Pearson's goodness of fit. */
final class ChiSquare {
  private ChiSquare() {}

  /** Σ (count - expected)² / expected, for expected counts in proportion to the weights. */
  static double statistic(long[] counts, double[] weights) {
    double total = 0;
    double mass = 0;
    for (int i = 0; i < counts.length; i++) {
      total += counts[i];
      mass += weights[i];
    }
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      double expected = weights[i] / mass * total;
      sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    return sum;
  }

  /** The 99.9 % point by Wilson and Hilferty (1931). */
  static double limit(int degreesOfFreedom) {
    double part = 2.0 / (9 * degreesOfFreedom);
    return degreesOfFreedom * Math.pow(1 - part + 3.0902 * Math.sqrt(part), 3);
  }
}
