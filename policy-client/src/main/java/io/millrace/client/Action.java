package io.millrace.client;

/** What a policy chose for one observation, and all that has to be logged about the choice. */
public final class Action {
  private final float[] values;
  private final double logProbability;
  private final long revision;
  private final boolean discrete;

  Action(float[] values, double logProbability, long revision, boolean discrete) {
    this.values = values;
    this.logProbability = logProbability;
    this.revision = revision;
    this.discrete = discrete;
  }

  /**
   * [action size], in the units of the environment and within its bounds, or the index of a
   * discrete one: what goes into {@code Transition.action}. The caller's to keep.
   */
  public float[] values() {
    return values;
  }

  /**
   * The index of a discrete action, from 0.
   *
   * @throws IllegalStateException if the stream's actions are not discrete
   */
  public int index() {
    if (!discrete) {
      throw new IllegalStateException("the actions of this stream are numbers within bounds");
    }
    return (int) values[0];
  }

  /**
   * Natural log density of the action under the policy, in the units of the environment, or log
   * probability of a discrete one: what goes into {@code Transition.behaviour_log_probability}. For
   * an action without noise NaN, since it has no density, or 0 for a discrete one.
   */
  public double logProbability() {
    return logProbability;
  }

  /** Revision of the policy that chose: what goes into {@code Transition.policy_revision}. */
  public long revision() {
    return revision;
  }
}
