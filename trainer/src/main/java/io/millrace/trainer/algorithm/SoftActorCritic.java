package io.millrace.trainer.algorithm;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Hyper-parameters of soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905), which the other
 * actor-critic algorithms build on. All learning is by Adam (β 0.9 and 0.999, ε 1e-8).
 *
 * @param discount γ, 0 to below 1
 * @param targetRate τ of the Polyak average of the target critics, above 0 to 1
 * @param criticLearningRate of the critics and of the Lagrange multipliers
 * @param policyLearningRate of the policy and of the temperature
 * @param initialTemperature of the entropy term at update 0
 * @param tuneTemperature whether the temperature follows the target entropy, or stays
 * @param targetEntropy of the policy, in nats of the action in [-1, 1]; empty: minus the number of
 *     action dimensions
 * @param backupEntropy whether the target value has the entropy term
 * @param targetCritics how many critics, drawn anew for each update, the target takes the lowest
 *     of; empty: all
 */
public record SoftActorCritic(
    double discount,
    double targetRate,
    double criticLearningRate,
    double policyLearningRate,
    double initialTemperature,
    boolean tuneTemperature,
    OptionalDouble targetEntropy,
    boolean backupEntropy,
    OptionalInt targetCritics) {

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException naming the one out of range
   */
  public SoftActorCritic {
    Limits.between("discount", discount, 0, 1 - 1e-9);
    Limits.between("targetRate", targetRate, 1e-9, 1);
    Limits.positive("criticLearningRate", criticLearningRate);
    Limits.positive("policyLearningRate", policyLearningRate);
    Limits.positive("initialTemperature", initialTemperature);
    targetEntropy.ifPresent(value -> Limits.finite("targetEntropy", value));
    targetCritics.ifPresent(count -> Limits.between("targetCritics", count, 1, Integer.MAX_VALUE));
  }

  /** With targets of all critics. */
  public SoftActorCritic(
      double discount,
      double targetRate,
      double criticLearningRate,
      double policyLearningRate,
      double initialTemperature,
      boolean tuneTemperature,
      OptionalDouble targetEntropy,
      boolean backupEntropy) {
    this(
        discount,
        targetRate,
        criticLearningRate,
        policyLearningRate,
        initialTemperature,
        tuneTemperature,
        targetEntropy,
        backupEntropy,
        OptionalInt.empty());
  }

  /** The defaults for a conservative critic: no entropy in the target value. */
  public static SoftActorCritic defaults() {
    return new SoftActorCritic(0.99, 0.005, 3e-4, 1e-4, 1, true, OptionalDouble.empty(), false);
  }

  /**
   * The critics that a target takes, of {@code critics}.
   *
   * @throws IllegalArgumentException if there are not as many
   */
  int targetCriticsOf(int critics) {
    int count = targetCritics.orElse(critics);
    Limits.between("targetCritics", count, 1, critics);
    return count;
  }
}
