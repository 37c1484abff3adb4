package io.millrace.benchmarks;

import io.millrace.plants.Pendulum;
import io.millrace.plants.Step;
import io.millrace.trainer.algorithm.PolicyNetwork;
import java.util.Random;

/** A policy that acts on the pendulum, with or without its noise. */
final class PendulumPolicy {
  static final double TORQUE = new Pendulum().actionHigh()[0];

  private static final int EPISODES = 20;
  private static final long FIRST_EPISODE_SEED = 1_000;

  private final PolicyNetwork network;

  PendulumPolicy(PolicyNetwork network) {
    this.network = network;
  }

  /** The torque without noise in N·m. */
  float torque(float[] observation) {
    return (float) (TORQUE * Math.tanh(head(observation)[0]));
  }

  /** A torque drawn from the policy in N·m. */
  float drawnTorque(float[] observation, Random random) {
    double[] head = head(observation);
    double logStd =
        Math.max(PolicyNetwork.MIN_LOG_STD, Math.min(PolicyNetwork.MAX_LOG_STD, head[1]));
    return (float) (TORQUE * Math.tanh(head[0] + Math.exp(logStd) * random.nextGaussian()));
  }

  /** Mean and log standard deviation before the tanh. */
  private double[] head(float[] observation) {
    double[] x = {observation[0], observation[1], observation[2]};
    for (int k = 0; k < network.layers().size(); k++) {
      PolicyNetwork.Layer layer = network.layers().get(k);
      boolean hidden = k + 1 < network.layers().size();
      var y = new double[layer.outputs()];
      for (int i = 0; i < y.length; i++) {
        double sum = layer.biases()[i];
        for (int j = 0; j < x.length; j++) {
          sum += layer.weights()[i * x.length + j] * x[j];
        }
        y[i] = hidden ? Math.max(0, sum) : sum;
      }
      x = y;
    }
    return x;
  }

  /**
   * Mean return without noise over 20 episodes that begin as Gymnasium's do with seeds 1000 to
   * 1019.
   */
  double meanReturn() {
    var pendulum = new Pendulum();
    double total = 0;
    for (long seed = FIRST_EPISODE_SEED; seed < FIRST_EPISODE_SEED + EPISODES; seed++) {
      float[] observation = pendulum.reset(seed);
      boolean last = false;
      while (!last) {
        Step step = pendulum.step(new float[] {torque(observation)});
        total += step.reward();
        observation = step.observation();
        last = step.last();
      }
    }
    return total / EPISODES;
  }
}
