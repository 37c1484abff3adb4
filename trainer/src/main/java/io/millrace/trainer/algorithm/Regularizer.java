package io.millrace.trainer.algorithm;

/**
 * How CQL chooses the actions whose values it lowers (Kumar et al. 2020, Section 3.2 and Appendix
 * A).
 */
public enum Regularizer {
  /** The soft maximum over all actions, from importance-weighted samples: CQL(H). */
  H,
  /** The samples of a prior, weighted by the softmax of their values: CQL(ρ). */
  RHO,
  /** Mean and spread over the samples of a prior: CQL(var). */
  VAR
}
