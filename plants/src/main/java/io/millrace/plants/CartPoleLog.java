package io.millrace.plants;

import io.millrace.datasets.EpisodeRecorder;
import io.millrace.datasets.LoggedEpisodes;
import java.util.SplittableRandom;

/**
 * Logged episodes of {@link CartPole} by two poor controllers. Every other episode is of random
 * pushes, and lasts for 20 steps or so. The others are of one that pushes to the side that the pole
 * falls to, leaning it towards the middle of the track; but its measurement of the angle is {@value
 * #OFFSET} rad off, to one side or the other, which changes every {@value #STEPS_PER_SIDE} steps or
 * so, and it pushes at random in {@value #NOISE} of its steps. It lasts for 300 steps or so.
 */
public final class CartPoleLog {
  private static final double NOISE = 0.4;
  private static final double OFFSET = 0.05;
  private static final int STEPS_PER_SIDE = 20;

  /**
   * How much of each part of the state counts as an angle, in rad: of the cart and of its speed.
   */
  private static final double ANGLE_OF_METRES = 0.03;

  private static final double ANGLE_OF_METRES_PER_SECOND = 0.06;
  private static final double LOOK_AHEAD_SECONDS = 0.25;

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
      double offset = random.nextBoolean() ? OFFSET : -OFFSET;
      float[] observation = plant.reset(random.nextLong());
      boolean last = false;
      while (!last) {
        offset = random.nextInt(STEPS_PER_SIDE) == 0 ? -offset : offset;
        double ahead =
            observation[2]
                + LOOK_AHEAD_SECONDS * observation[3]
                + ANGLE_OF_METRES * observation[0]
                + ANGLE_OF_METRES_PER_SECOND * observation[1];
        int towards = ahead > offset ? 1 : 0;
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
