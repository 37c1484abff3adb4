package io.millrace.trainer.algorithm;

/**
 * All that a learner's parameters depend on, besides its batches.
 *
 * @param seed of the initial parameters and of every update's noise
 */
public record LearnerSpec(
    Algorithm algorithm,
    NetworkSpec networks,
    long seed,
    ComputeDevice device,
    Precision precision) {

  /**
   * Checked.
   *
   * @throws IllegalArgumentException if the algorithm is for actions of the other kind
   */
  public LearnerSpec {
    if (algorithm instanceof CqlDiscrete != networks.discreteActions() > 0) {
      throw new IllegalArgumentException(
          "algorithm "
              + algorithm.name()
              + ": expected "
              + (algorithm instanceof CqlDiscrete ? "discrete actions" : "actions that are numbers")
              + ", got "
              + networks);
    }
  }

  /** In 32-bit floats, on the GPU where there is one. */
  public LearnerSpec(Algorithm algorithm, NetworkSpec networks, long seed) {
    this(algorithm, networks, seed, ComputeDevice.AUTO, Precision.FP32);
  }
}
