package io.millrace.plants;

/**
 * A simulated environment with a continuous action: what a service controls. Not thread-safe; one
 * instance runs one episode at a time.
 */
public interface Plant {
  /** How many numbers an observation has. */
  int observationSize();

  /** Lower bound of each action dimension, in the units of the plant; a copy. */
  float[] actionLow();

  /** Upper bound of each action dimension, in the units of the plant; a copy. */
  float[] actionHigh();

  /**
   * Begins an episode. The same seed gives the same initial state; any number is a seed.
   *
   * @return the first observation, [observationSize]
   */
  float[] reset(long seed);

  /**
   * Applies an action for one time step.
   *
   * @param action [action size]; clipped to the bounds
   * @throws IllegalArgumentException if the action has the wrong length or is not finite
   * @throws IllegalStateException if no episode runs: before the first {@link #reset} or after its
   *     end
   */
  Step step(float[] action);
}
