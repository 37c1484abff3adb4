package io.millrace.trainer.algorithm;

/** α of CQL: how much the conservative gap counts beside the TD error. */
public sealed interface ConservativeWeight {

  /**
   * The same weight for ever. The TD error is the mean square without ½, as in common code: 5 here
   * is 2.5 in the paper's Equation 4, which has the ½.
   */
  record Fixed(double alpha) implements ConservativeWeight {
    public Fixed {
      Limits.between("alpha", alpha, 0, 1e6);
    }
  }

  /**
   * Dual ascent, for each critic by itself, on {@code α (gap - target)} with {@code α =
   * clip(exp(log α), 0, 1e6)}, from α = 1: α grows while the gap is above the target.
   *
   * <p>The gap's samples are importance-weighted and {@code log(3N)} is subtracted, so a critic
   * that is flat in the action has gap 0 for uniform actions alone; see the documentation of
   * cql-sac for what a target means.
   *
   * @param gapTarget τ of the paper's Equation 30, in units of Q
   */
  record Lagrange(double gapTarget) implements ConservativeWeight {
    public Lagrange {
      Limits.finite("gapTarget", gapTarget);
    }
  }
}
