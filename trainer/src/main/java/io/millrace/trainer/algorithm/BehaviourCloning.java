package io.millrace.trainer.algorithm;

/**
 * The policy that makes the logged actions most likely: what every other algorithm should beat.
 *
 * @param policyLearningRate of the policy, by Adam
 */
public record BehaviourCloning(double policyLearningRate) implements Algorithm {
  public static final String NAME = "bc";

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException naming the one out of range
   */
  public BehaviourCloning {
    Limits.positive("policyLearningRate", policyLearningRate);
  }

  @Override
  public String name() {
    return NAME;
  }
}
