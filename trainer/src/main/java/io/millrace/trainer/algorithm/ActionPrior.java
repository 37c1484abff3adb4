package io.millrace.trainer.algorithm;

/** ρ of CQL(ρ) and CQL(var): where the actions of the gap come from. */
public enum ActionPrior {
  /** A copy of the policy that follows it at the rate of the target critics. */
  POLICY,
  /** Uniform on [-1, 1]. */
  UNIFORM
}
