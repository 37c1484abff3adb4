package io.millrace.plants;

/** What a time step of a {@link Plant} led to. */
public final class Step {
  private final float[] observation;
  private final float reward;
  private final boolean terminated;
  private final boolean truncated;

  Step(float[] observation, float reward, boolean terminated, boolean truncated) {
    this.observation = observation;
    this.reward = reward;
    this.terminated = terminated;
    this.truncated = truncated;
  }

  /** After the step, [observationSize]; the plant keeps no reference to it. */
  public float[] observation() {
    return observation;
  }

  /** Reward of the step. */
  public float reward() {
    return reward;
  }

  /** The plant ended the episode: no value follows. */
  public boolean terminated() {
    return terminated;
  }

  /** A time limit ended the episode: value would follow. */
  public boolean truncated() {
    return truncated;
  }

  /** The episode ends with this step, for either reason. */
  public boolean last() {
    return terminated || truncated;
  }
}
