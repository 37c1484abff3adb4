package io.millrace.trainer.window;

/**
 * Mean and standard deviation of observations and rewards, row by row, by Welford's method (1962)
 * in 64 bits: they follow from the rows in their order, and not from how they were cut.
 */
final class RowStatistics {
  // As in d3rlpy and CORL, added to the deviation of observations.
  static final double EPSILON = 1e-3;

  private final int observationSize;
  private final double[] mean;
  private final double[] squares;
  private double rewardMean;
  private double rewardSquares;
  private long rows;

  RowStatistics(int observationSize) {
    this.observationSize = observationSize;
    mean = new double[observationSize];
    squares = new double[observationSize];
  }

  void add(TransitionRows.Columns columns) {
    for (int row = 0; row < columns.rows; row++) {
      rows++;
      double share = 1.0 / rows;
      for (int j = 0; j < observationSize; j++) {
        double value = columns.observations.get(row * observationSize + j);
        double delta = value - mean[j];
        mean[j] += delta * share;
        squares[j] += delta * (value - mean[j]);
      }
      double reward = columns.rewards.get(row);
      double delta = reward - rewardMean;
      rewardMean += delta * share;
      rewardSquares += delta * (reward - rewardMean);
    }
  }

  /** Of the rows so far. */
  ObservationScale observationScale() {
    var means = new float[observationSize];
    var deviations = new float[observationSize];
    for (int j = 0; j < observationSize; j++) {
      means[j] = (float) mean[j];
      deviations[j] = (float) (Math.sqrt(squares[j] / rows) + EPSILON);
    }
    return new ObservationScale(means, deviations);
  }

  /** Standard deviation of the rewards so far; 1 if all are equal. */
  float rewardDeviation() {
    float deviation = (float) Math.sqrt(rewardSquares / rows);
    return deviation > 0 ? deviation : 1;
  }
}
