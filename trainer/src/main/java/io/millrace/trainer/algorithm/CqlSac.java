package io.millrace.trainer.algorithm;

import java.util.Map;
import java.util.TreeMap;

/**
 * Conservative Q-learning on soft actor-critic, CQL(H) (Kumar et al. 2020, arXiv 2006.04779).
 *
 * @param base the actor-critic underneath
 * @param weight of the conservative gap
 * @param sampledActions N: uniform actions, and actions of the policy at the state and at the next
 *     state, drawn of each for every row
 * @param gapTemperature T of the gap {@code T logsumexp(Q / T - log q)}
 * @param behaviourCloningUpdates how many first updates move the policy towards the logged actions
 *     and not towards high values
 */
public record CqlSac(
    SoftActorCritic base,
    ConservativeWeight weight,
    int sampledActions,
    double gapTemperature,
    long behaviourCloningUpdates)
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
  }

  /** Weight 5, N = 10, no behaviour cloning. */
  public static CqlSac defaults() {
    return new CqlSac(SoftActorCritic.defaults(), new ConservativeWeight.Fixed(5), 10, 1, 0);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, String> hyperParameters() {
    var text = new TreeMap<String, String>();
    base.describe(text);
    if (weight instanceof ConservativeWeight.Fixed fixed) {
      text.put("conservative-weight", Double.toString(fixed.alpha()));
    } else if (weight instanceof ConservativeWeight.Lagrange lagrange) {
      text.put("conservative-gap-target", Double.toString(lagrange.gapTarget()));
    }
    text.put("sampled-actions", Integer.toString(sampledActions));
    text.put("gap-temperature", Double.toString(gapTemperature));
    text.put("behaviour-cloning-updates", Long.toString(behaviourCloningUpdates));
    return text;
  }
}
