package io.millrace.trainer.window;

import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import java.util.List;
import java.util.Map;

/**
 * Proportional prioritised sampling (Schaul et al. 2016, arXiv 1511.05952, section 3.3): slot i
 * with P(i) = p_i^α / Σ p^α, where p is the absolute TD error when the row was last drawn, and for
 * new rows the largest so far. One row is drawn from each of as many equal parts of the sum as
 * there are rows to draw (appendix B.2.1). Importance is (n P(i))^-β, divided by the largest of the
 * batch; β rises to 1.
 */
final class PrioritisedSampler implements HistorySampler {
  private static final String WEIGHTS = "priorities";
  private static final String LARGEST = "largest_priority";
  // So that a row with no error is not lost for ever.
  private static final float SMALLEST_ERROR = 1e-6f;

  private final SamplerSpec.Prioritised spec;
  private final PrioritySums weights = new PrioritySums();
  private float largest = 1;
  private int size;

  PrioritisedSampler(SamplerSpec.Prioritised spec) {
    this.spec = spec;
  }

  @Override
  public void written(int slot, long episodeId) {
    size = Math.max(size, slot + 1);
    weights.set(slot, largest);
  }

  @Override
  public void choose(long key, int historySize, Draw draw) {
    int count = draw.rows() - draw.fresh();
    double total = weights.total();
    double beta = correction(draw.update());
    double most = 0;
    for (int i = draw.fresh(); i < draw.rows(); i++) {
      double mass = (i - draw.fresh() + CounterRandom.unit(key, i)) / count * total;
      int slot = weights.find(mass);
      double importance = StrictMath.pow(historySize * (weights.weight(slot) / total), -beta);
      draw.slots[i] = slot;
      draw.importance[i] = (float) importance;
      most = Math.max(most, importance);
    }
    for (int i = draw.fresh(); i < draw.rows(); i++) {
      draw.importance[i] = (float) (draw.importance[i] / most);
    }
  }

  private double correction(long update) {
    double part = Math.min(1, update / (double) spec.correctionUpdates());
    return spec.correction() + (1 - spec.correction()) * part;
  }

  @Override
  public boolean wantsErrors() {
    return true;
  }

  @Override
  public void errors(Draw draw, float[] errors) {
    for (int i = draw.fresh(); i < draw.rows(); i++) {
      // An update that came to no number stops training; until that is seen, nothing changes.
      if (Float.isFinite(errors[i])) {
        float error = Math.abs(errors[i]) + SMALLEST_ERROR;
        float weight = (float) StrictMath.pow(error, spec.exponent());
        largest = Math.max(largest, weight);
        weights.set(draw.slots[i], weight);
      }
    }
  }

  @Override
  public List<NamedTensor> exportState() {
    return List.of(
        new NamedTensor(WEIGHTS, weights.copy(size)),
        new NamedTensor(LARGEST, new float[] {largest}));
  }

  @Override
  public void importState(Map<String, float[]> state) {
    var known = state.get(WEIGHTS);
    // After a change of trainer.history-rows other rows are held: all begin anew.
    if (known == null || known.length != size) {
      return;
    }
    weights.setAll(known);
    largest = state.get(LARGEST)[0];
  }
}
