package io.millrace.trainer.algorithm;

/**
 * Implicit Q-learning: values of logged actions only, and a policy that imitates those that are
 * better than most (Kostrikov et al. 2021, arXiv 2110.06169).
 *
 * @param discount γ, 0 to below 1
 * @param targetRate τ of the Polyak average of the critics, above 0 to 1
 * @param criticLearningRate of critics and value
 * @param expectile of the value of a state over its actions, 0.5 for the mean, towards 1 for the
 *     best
 * @param inverseTemperature β of the policy's weight exp(β advantage)
 * @param advantageClip the highest such weight
 */
public record Iql(
    double discount,
    double targetRate,
    double criticLearningRate,
    double policyLearningRate,
    double expectile,
    double inverseTemperature,
    double advantageClip)
    implements Algorithm {
  public static final String NAME = "iql";

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException naming the one out of range
   */
  public Iql {
    Limits.between("discount", discount, 0, 1 - 1e-9);
    Limits.between("targetRate", targetRate, 1e-9, 1);
    Limits.positive("criticLearningRate", criticLearningRate);
    Limits.positive("policyLearningRate", policyLearningRate);
    Limits.between("expectile", expectile, 1e-9, 1 - 1e-9);
    Limits.between("inverseTemperature", inverseTemperature, 0, 1e6);
    Limits.positive("advantageClip", advantageClip);
  }

  /** The values of the paper for locomotion. */
  public static Iql defaults() {
    return new Iql(0.99, 0.005, 3e-4, 3e-4, 0.7, 3, 100);
  }

  @Override
  public String name() {
    return NAME;
  }
}
