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
   * <p>A critic that is flat in the action has a gap of about {@code actionSize · log 2}, since
   * policy samples are importance-weighted too: with a target below that, α grows for ever.
   *
   * @param gapTarget τ of the paper's Equation 30, in units of Q
   */
  record Lagrange(double gapTarget) implements ConservativeWeight {
    public Lagrange {
      Limits.finite("gapTarget", gapTarget);
    }
  }
}
