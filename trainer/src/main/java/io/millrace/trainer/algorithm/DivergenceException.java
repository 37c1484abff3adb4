package io.millrace.trainer.algorithm;

import java.util.Locale;

/**
 * Training came to a value that is not finite, or is too large to be a value of anything; the
 * learner's parameters are of no use any more.
 */
public final class DivergenceException extends RuntimeException {
  private final long update;
  private final String term;

  private DivergenceException(long update, String term, String what) {
    super("update " + update + ": " + term + " is " + what);
    this.update = update;
    this.term = term;
  }

  static DivergenceException notFinite(long update, String term) {
    return new DivergenceException(update, term, "not finite");
  }

  /** Of a value that is further from 0 than its limit. */
  static DivergenceException beyondLimit(long update, String term, double value, double limit) {
    var what = String.format(Locale.ROOT, "%.6g, beyond the limit of %.6g", value, limit);
    return new DivergenceException(update, term, what);
  }

  /** The first update with such a term. */
  public long update() {
    return update;
  }

  /** The first such term in the order of computation, named as in {@link Metrics}. */
  public String term() {
    return term;
  }
}
