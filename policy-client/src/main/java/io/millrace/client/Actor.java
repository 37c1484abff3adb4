package io.millrace.client;

import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Chooses actions: a {@link PolicyClient} with whatever revision is the current one, a {@link
 * Policy} with the one that it pins. Thread-safe. Observations are in the units of the environment;
 * what is returned is the caller's to keep.
 *
 * <p>All methods throw {@link IllegalArgumentException} if an observation has the wrong length or
 * is not finite, and {@link PolicyFailureException} if the policy computes a number that is not
 * finite.
 */
public abstract sealed class Actor permits Policy, PolicyClient {
  private final RandomGenerator random;

  Actor(RandomGenerator random) {
    this.random = random;
  }

  /** A policy that is held for the caller, who releases it. */
  abstract LoadedPolicy hold();

  /** Where new leases and clients draw their noise from. */
  final RandomGenerator random() {
    return random;
  }

  /**
   * The action without noise, or the most likely discrete one: what one wants when not exploring.
   *
   * @param observation [observation size]
   */
  public final Action act(float[] observation) {
    return with(policy -> policy.act(policy.single(observation)).action(0));
  }

  /**
   * An action drawn from the policy, with its log-probability, so that it can be logged and learned
   * from.
   *
   * @param observation [observation size]
   */
  public final Action actStochastic(float[] observation) {
    return actStochastic(observation, random);
  }

  /**
   * An action drawn from the policy with the caller's random numbers, for episodes that are to be
   * repeated.
   *
   * @param observation [observation size]
   * @param random used on this thread, before the method returns
   */
  public final Action actStochastic(float[] observation, RandomGenerator random) {
    return with(policy -> policy.actStochastic(policy.single(observation), random).action(0));
  }

  /**
   * As {@link #act} for many observations in one run of the graph.
   *
   * @param observations [n, observation size], row by row; n of 1 or more
   */
  public final ActionBatch actAll(float[] observations) {
    return with(policy -> policy.act(observations));
  }

  /**
   * As {@link #actStochastic(float[])} for many observations in one run of the graph.
   *
   * @param observations [n, observation size], row by row; n of 1 or more
   */
  public final ActionBatch actAllStochastic(float[] observations) {
    return actAllStochastic(observations, random);
  }

  /**
   * As {@link #actStochastic(float[], RandomGenerator)} for many observations in one run of the
   * graph; the noise is drawn row by row.
   *
   * @param observations [n, observation size], row by row; n of 1 or more
   * @param random used on this thread, before the method returns
   */
  public final ActionBatch actAllStochastic(float[] observations, RandomGenerator random) {
    return with(policy -> policy.actStochastic(observations, random));
  }

  private <T> T with(Function<LoadedPolicy, T> choice) {
    LoadedPolicy policy = hold();
    try {
      return choice.apply(policy);
    } finally {
      policy.release();
    }
  }
}
