package io.millrace.trainer.algorithm;

/** Training came to a value that is not finite; the learner's parameters are of no use any more. */
public final class DivergenceException extends RuntimeException {
  private final long update;
  private final String term;

  DivergenceException(long update, String term) {
    super("update " + update + ": " + term + " is not finite");
    this.update = update;
    this.term = term;
  }

  /** The first update with a term that is not finite. */
  public long update() {
    return update;
  }

  /** The first such term in the order of computation, named as in {@link Metrics}. */
  public String term() {
    return term;
  }
}
