package io.millrace.kernels;

/**
 * What the critics' loss is taken of: B states, each with K actions, of which the last is the
 * logged one and the others are the sampled ones. All row-major.
 *
 * @param observations {@code [B, observationSize]}
 * @param actions {@code [B, K, actionSize]}
 * @param logDensities of the sampled actions, {@code [B, K - 1]}
 * @param targets of the TD error, {@code [B]}
 * @param weights of the conservative gap, one a critic
 * @param factors of each state's gap, {@code [B]}
 * @param importances of each state's TD error, {@code [B]}
 * @param floors of each state, {@code [B]}: what values count as at least in the gap
 * @param firstFloored the first of the sampled actions whose values have a floor, in each state; K
 *     - 1 if none has
 * @param gapTemperature which divides values in the gap
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ConservativeBatch(
    float[] observations,
    float[] actions,
    float[] logDensities,
    float[] targets,
    float[] weights,
    float[] factors,
    float[] importances,
    float[] floors,
    int firstFloored,
    float gapTemperature) {

  /**
   * Checked against each other.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public ConservativeBatch {
    int states = targets.length;
    if (states == 0
        || factors.length != states
        || importances.length != states
        || floors.length != states) {
      throw new IllegalArgumentException(
          "batch: expected a target, a factor, an importance and a floor for each state, got %d, %d, %d and %d"
              .formatted(states, factors.length, importances.length, floors.length));
    }
    if (logDensities.length == 0 || logDensities.length % states != 0) {
      throw new IllegalArgumentException(
          "batch: expected as many log densities for each of %d states, got %d"
              .formatted(states, logDensities.length));
    }
  }

  int states() {
    return targets.length;
  }

  /** K. */
  int actionsPerState() {
    return logDensities.length / targets.length + 1;
  }
}
