package io.millrace.trainer.algorithm;

/**
 * Calibrated Q-learning (Nakamoto et al. 2023, arXiv 2303.05479): CQL(H) whose gap does not push
 * the values of the policy's actions below the row's {@link BatchColumn#RETURN_TO_GO}.
 *
 * @param cql the algorithm underneath, with regularizer {@link Regularizer#H}
 */
public record CalQl(CqlSac cql) implements Algorithm {
  public static final String NAME = "cal-ql";

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException if the regularizer is another
   */
  public CalQl {
    if (cql.regularizer() != Regularizer.H) {
      throw new IllegalArgumentException("regularizer: expected H, got " + cql.regularizer());
    }
  }

  @Override
  public String name() {
    return NAME;
  }
}
