package io.millrace.trainer.window;

/** Every row alike, with replacement. */
final class UniformSampler implements HistorySampler {
  @Override
  public void choose(long key, int size, Draw draw) {
    for (int i = draw.fresh(); i < draw.rows(); i++) {
      draw.slots[i] = (int) CounterRandom.below(size, key, i);
    }
  }
}
