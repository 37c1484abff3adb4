package io.millrace.trainer.algorithm;

/** A copy of what a learner has learned to do, for export. */
public sealed interface Policy permits PolicyNetwork, GreedyPolicy {
  /** How many numbers an observation has. */
  int observationSize();
}
