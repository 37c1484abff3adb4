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

  /** In 32-bit floats, on the GPU where there is one. */
  public LearnerSpec(Algorithm algorithm, NetworkSpec networks, long seed) {
    this(algorithm, networks, seed, ComputeDevice.AUTO, Precision.FP32);
  }
}
