package io.millrace.trainer.algorithm;

/**
 * TD3+BC: a deterministic policy that raises its value and stays at the logged actions (Fujimoto &
 * Gu 2021, arXiv 2106.06860).
 *
 * @param discount γ, 0 to below 1
 * @param targetRate τ of the Polyak averages of critics and policy, above 0 to 1
 * @param behaviourWeight α: how much values count beside the squared distance to the logged action
 * @param targetNoise standard deviation of the noise on the target policy's action in [-1, 1]
 * @param targetNoiseClip bound of that noise
 * @param policyInterval every how many updates the policy and the targets move
 * @param explorationNoise standard deviation, before the tanh, of the Gaussian that the policy is
 *     published as: a service that asks for a random action draws from it
 */
public record Td3Bc(
    double discount,
    double targetRate,
    double criticLearningRate,
    double policyLearningRate,
    double behaviourWeight,
    double targetNoise,
    double targetNoiseClip,
    int policyInterval,
    double explorationNoise)
    implements Algorithm {
  public static final String NAME = "td3-bc";

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException naming the one out of range
   */
  public Td3Bc {
    Limits.between("discount", discount, 0, 1 - 1e-9);
    Limits.between("targetRate", targetRate, 1e-9, 1);
    Limits.positive("criticLearningRate", criticLearningRate);
    Limits.positive("policyLearningRate", policyLearningRate);
    Limits.between("behaviourWeight", behaviourWeight, 0, 1e6);
    Limits.between("targetNoise", targetNoise, 0, 2);
    Limits.between("targetNoiseClip", targetNoiseClip, 0, 2);
    Limits.between("policyInterval", policyInterval, 1, 1_000_000);
    Limits.between("explorationNoise", explorationNoise, 1e-8, 7);
  }

  /** The values of the paper. */
  public static Td3Bc defaults() {
    return new Td3Bc(0.99, 0.005, 3e-4, 3e-4, 2.5, 0.2, 0.5, 2, 0.1);
  }

  @Override
  public String name() {
    return NAME;
  }
}
