package io.millrace.plants;

import io.millrace.datasets.EpisodeRecorder;
import io.millrace.datasets.LoggedEpisodes;
import java.util.SplittableRandom;

/**
 * Logged episodes of {@link CartPole} by two poor controllers: every other episode is of random
 * pushes, which last 20 steps or so; the others are of one that pushes to the side that the pole
 * turns to, and in {@value #NOISE} of its steps at random. The latter sees neither the angle nor
 * the cart: without its noise it keeps the pole up for 200 of the 500 steps. So does what imitates
 * the log; to do better one has to find out what the steps are worth.
 */
public final class CartPoleLog {
  private static final double NOISE = 0.3;

  private CartPoleLog() {}

  /**
   * Plays the episodes; equal arguments give equal rows.
   *
   * @param seed of initial states and actions
   */
  public static LoggedEpisodes play(int episodes, long seed) {
    var plant = new CartPole();
    var recorder = new EpisodeRecorder(plant.spec("cartpole"));
    var random = new SplittableRandom(seed);
    for (int episode = 0; episode < episodes; episode++) {
      boolean scripted = episode % 2 == 1;
      float[] observation = plant.reset(random.nextLong());
      boolean last = false;
      while (!last) {
        int towards = observation[3] > 0 ? 1 : 0;
        boolean noisy = !scripted || random.nextDouble() < NOISE;
        int action = noisy ? random.nextInt(2) : towards;
        double probability = !scripted ? .5 : action == towards ? 1 - NOISE / 2 : NOISE / 2;
        float[] pushed = {action};
        Step step = plant.step(pushed);
        recorder.step(
            observation,
            pushed,
            Math.log(probability),
            step.reward(),
            step.observation(),
            step.terminated(),
            step.truncated());
        observation = step.observation();
        last = step.last();
      }
    }
    return recorder.episodes();
  }

  /** Mean return of the episodes of a log, all of them whole. */
  public static double meanReturn(LoggedEpisodes log) {
    double sum = 0;
    long episodes = 0;
    for (int row = 0; row < log.rows(); row++) {
      sum += log.rewards()[row];
      episodes += log.steps()[row] == 0 ? 1 : 0;
    }
    return sum / episodes;
  }
}
