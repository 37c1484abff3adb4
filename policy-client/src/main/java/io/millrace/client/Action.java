package io.millrace.client;

/** What a policy chose for one observation, and all that has to be logged about the choice. */
public final class Action {
  private final float[] values;
  private final double logProbability;
  private final long revision;

  Action(float[] values, double logProbability, long revision) {
    this.values = values;
    this.logProbability = logProbability;
    this.revision = revision;
  }

  /** [action size], in the units of the environment and within its bounds; the caller's to keep. */
  public float[] values() {
    return values;
  }

  /**
   * Natural log density of the action under the policy, in the units of the environment: what goes
   * into {@code Transition.behaviour_log_probability}. NaN for a deterministic action, which has no
   * density.
   */
  public double logProbability() {
    return logProbability;
  }

  /** Revision of the policy that chose: what goes into {@code Transition.policy_revision}. */
  public long revision() {
    return revision;
  }
}
