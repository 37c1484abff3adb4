package io.millrace.trainer.algorithm;

/**
 * Conservative Q-learning on soft actor-critic (Kumar et al. 2020, arXiv 2006.04779).
 *
 * @param base the actor-critic underneath
 * @param regularizer which gap is held against the logged action
 * @param prior where the actions of the gap come from; with {@link Regularizer#H} it is not used
 * @param weight of the conservative gap
 * @param sampledActions N: uniform actions, and actions of the policy at the state and at the next
 *     state, drawn of each for every row; with another regularizer than H, actions of the prior
 * @param gapTemperature T of the gap {@code T logsumexp(Q / T - log q)}
 * @param behaviourCloningUpdates how many first updates move the policy towards the logged actions
 *     and not towards high values
 * @param maxTargetBackup whether the target is from the best of N actions of the policy, and not
 *     from one
 */
public record CqlSac(
    SoftActorCritic base,
    Regularizer regularizer,
    ActionPrior prior,
    ConservativeWeight weight,
    int sampledActions,
    double gapTemperature,
    long behaviourCloningUpdates,
    boolean maxTargetBackup)
    implements Algorithm {
  public static final String NAME = "cql-sac";
  private static final int MAX_SAMPLED_ACTIONS = 1_000;

  /**
   * Checked hyper-parameters.
   *
   * @throws IllegalArgumentException naming the one out of range
   */
  public CqlSac {
    Limits.between("sampledActions", sampledActions, 1, MAX_SAMPLED_ACTIONS);
    Limits.positive("gapTemperature", gapTemperature);
    Limits.between("behaviourCloningUpdates", behaviourCloningUpdates, 0, Long.MAX_VALUE);
    if (maxTargetBackup && base.backupEntropy()) {
      throw new IllegalArgumentException(
          "maxTargetBackup: expected no backupEntropy with it: the best of N actions was not drawn"
              + " from the policy");
    }
  }

  /** CQL(H). */
  public CqlSac(
      SoftActorCritic base,
      ConservativeWeight weight,
      int sampledActions,
      double gapTemperature,
      long behaviourCloningUpdates) {
    this(
        base,
        Regularizer.H,
        ActionPrior.POLICY,
        weight,
        sampledActions,
        gapTemperature,
        behaviourCloningUpdates,
        false);
  }

  /** CQL(H), weight 5, N = 10, no behaviour cloning. */
  public static CqlSac defaults() {
    return new CqlSac(SoftActorCritic.defaults(), new ConservativeWeight.Fixed(5), 10, 1, 0);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean continues(Algorithm before) {
    return before instanceof CqlSac cqlSac && needsLaggedPolicy() == cqlSac.needsLaggedPolicy();
  }

  /** Actions that the gap holds against each logged one. */
  int comparedActions() {
    return regularizer == Regularizer.H ? 3 * sampledActions : sampledActions;
  }

  /** Whether a lagged copy of the policy is part of the state. */
  boolean needsLaggedPolicy() {
    return regularizer != Regularizer.H && prior == ActionPrior.POLICY;
  }
}
