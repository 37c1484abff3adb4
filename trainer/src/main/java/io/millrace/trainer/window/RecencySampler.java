package io.millrace.trainer.window;

/**
 * A row of age a, 0 for the newest, with probability proportional to 2^(-a / h). The age is drawn
 * in closed form, by inverting the distribution of the truncated geometric: with r = 2^(-1/h) and n
 * rows, P(age &lt; a) = (1 - r^a) / (1 - r^n), so a = floor(log(1 - u (1 - r^n)) / log r).
 */
final class RecencySampler implements HistorySampler {
  private final NewestRows rows;
  private final double logRatio;

  /**
   * A sampler.
   *
   * @param rows of the history
   * @param halfLifeRows h
   */
  RecencySampler(NewestRows rows, double halfLifeRows) {
    this.rows = rows;
    this.logRatio = -StrictMath.log(2) / halfLifeRows;
  }

  @Override
  public void choose(long key, int size, Draw draw) {
    // 1 - r^n without the loss of digits when h is much larger than n.
    double mass = -StrictMath.expm1(size * logRatio);
    long newest = rows.newest();
    for (int i = draw.fresh(); i < draw.rows(); i++) {
      double u = CounterRandom.unit(key, i);
      long age = (long) (StrictMath.log1p(-u * mass) / logRatio);
      draw.slots[i] = rows.slot(newest - Math.min(age, size - 1));
    }
  }
}
