package io.millrace.trainer.algorithm;

/**
 * Conservative Q-learning over discrete actions: CQL(H) (Kumar et al. 2020, arXiv 2006.04779) in
 * its exact form, on Double DQN (van Hasselt et al. 2016, arXiv 1509.06461).
 *
 * @param discount γ, 0 to below 1
 * @param targetRate τ of the Polyak average of the critics, above 0 to 1
 * @param criticLearningRate of the critics, by Adam
 * @param weight of the conservative gap
 * @param gapTemperature T of the gap {@code T logsumexp(Q / T)}
 * @param explorationEpsilon ε of the policy that is published: a service that asks for a random
 *     action gets one of all actions in so many cases, and the greedy one in the others
 */
public record CqlDiscrete(
    double discount,
    double targetRate,
    double criticLearningRate,
    ConservativeWeight weight,
    double gapTemperature,
    double explorationEpsilon)
    implements Algorithm {
  public static final String NAME = "cql-discrete";

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException naming the one out of range
   */
  public CqlDiscrete {
    Limits.between("discount", discount, 0, 1 - 1e-9);
    Limits.between("targetRate", targetRate, 1e-9, 1);
    Limits.positive("criticLearningRate", criticLearningRate);
    Limits.positive("gapTemperature", gapTemperature);
    Limits.between("explorationEpsilon", explorationEpsilon, 0, 1);
  }

  /** Weight 5, and a twentieth of exploring actions at random. */
  public static CqlDiscrete defaults() {
    return new CqlDiscrete(0.99, 0.005, 3e-4, new ConservativeWeight.Fixed(5), 1, 0.05);
  }

  @Override
  public String name() {
    return NAME;
  }
}
