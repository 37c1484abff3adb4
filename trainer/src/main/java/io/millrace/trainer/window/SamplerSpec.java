package io.millrace.trainer.window;

/** Which rows of the history are drawn how often. */
public sealed interface SamplerSpec {
  /** Every row alike. */
  record Uniform() implements SamplerSpec {}

  /**
   * A row half as often as one that is this many rows newer; the history is the newest rows.
   *
   * @param halfLifeRows above 0
   */
  record Recency(double halfLifeRows) implements SamplerSpec {}

  /** Every episode alike, and in it every row alike. */
  record EpisodeBalanced() implements SamplerSpec {}

  /**
   * A row in proportion to |TD error|^exponent at its last draw (Schaul et al. 2016, arXiv
   * 1511.05952, section 3.3, proportional), and new rows as the largest so far. The batch's
   * importance column undoes as much of the bias as the correction says.
   *
   * @param exponent α, 0 to 1
   * @param correction β at the first update, 0 to 1
   * @param correctionUpdates over how many updates β rises to 1
   */
  record Prioritised(double exponent, double correction, long correctionUpdates)
      implements SamplerSpec {}
}
