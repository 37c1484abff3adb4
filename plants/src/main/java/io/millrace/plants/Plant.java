package io.millrace.plants;

import io.millrace.schemas.StreamSpec;

/**
 * A simulated environment: what a service controls. Not thread-safe; one instance runs one episode
 * at a time.
 */
public interface Plant {
  /** How many numbers an observation has. */
  int observationSize();

  /**
   * Lower bound of each action dimension, in the units of the plant; for discrete actions the first
   * index. A copy.
   */
  float[] actionLow();

  /**
   * Upper bound of each action dimension, in the units of the plant; for discrete actions the last
   * index. A copy.
   */
  float[] actionHigh();

  /** What the rows of a stream look like that this plant's steps are logged to. */
  StreamSpec spec(String stream);

  /**
   * Begins an episode. The same seed gives the same initial state; any number is a seed.
   *
   * @return the first observation, [observationSize]
   */
  float[] reset(long seed);

  /**
   * Applies an action for one time step.
   *
   * @param action [action size]; clipped to the bounds, or the index of a discrete one
   * @throws IllegalArgumentException if the action has the wrong length or is not finite, or is no
   *     index
   * @throws IllegalStateException if no episode runs: before the first {@link #reset} or after its
   *     end
   */
  Step step(float[] action);
}
