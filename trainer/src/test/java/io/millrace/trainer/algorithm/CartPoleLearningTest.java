package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.CartPole;
import io.millrace.plants.CartPoleLog;
import io.millrace.plants.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * {@code cql-discrete} on logged episodes of CartPole alone, with less of everything than {@code
 * benchmarks/run cartpole}: the log's mean return is below 200.
 */
class CartPoleLearningTest {
  private static final int UPDATES = 2_000;
  private static final int BATCH_SIZE = 256;
  private static final int EPISODES = 10;

  @Test
  void aPolicyFromPoorLogsAloneIsFarBetterThanTheLogs() {
    LoggedEpisodes log = CartPoleLog.play(200, 1);
    var algorithm = new CqlDiscrete(0.99, 0.01, 3e-4, new ConservativeWeight.Fixed(1), 1, 0.05);
    var networks = NetworkSpec.discrete(4, 2, List.of(64, 64), 2, false);
    var spec = new LearnerSpec(algorithm, networks, 1, ComputeDevice.CPU, Precision.FP32);
    try (Learner learner = Learner.create(spec, 1)) {
      var batch = new Batch(BATCH_SIZE, networks);
      var random = new Random(1);
      for (long update = 1; update <= UPDATES; update++) {
        fill(batch, log, random);
        learner.update(batch, update);
      }
      assertThat(CartPoleLog.meanReturn(log)).isLessThan(200);
      assertThat(meanReturn((GreedyPolicy) learner.policy())).isGreaterThan(400);
    }
  }

  private static void fill(Batch batch, LoggedEpisodes log, Random random) {
    var observations = batch.column(BatchColumn.OBSERVATION);
    var actions = batch.column(BatchColumn.ACTION);
    var rewards = batch.column(BatchColumn.REWARD);
    var next = batch.column(BatchColumn.NEXT_OBSERVATION);
    var terminated = batch.column(BatchColumn.TERMINATED);
    for (int i = 0; i < BATCH_SIZE; i++) {
      int row = random.nextInt(log.rows());
      observations.put(scaled(log.observations(), row));
      actions.put(log.actions()[row]);
      rewards.put(log.rewards()[row]);
      next.put(scaled(log.nextObservations(), row));
      terminated.put(log.terminated()[row] ? 1 : 0);
    }
  }

  /** Angles of a pole that stands are small numbers beside the others. */
  private static float[] scaled(float[] observations, int row) {
    float[] scaled = Arrays.copyOfRange(observations, 4 * row, 4 * row + 4);
    scaled[2] *= 10;
    return scaled;
  }

  private static double meanReturn(GreedyPolicy policy) {
    var plant = new CartPole();
    double sum = 0;
    for (int i = 0; i < EPISODES; i++) {
      float[] observation = plant.reset(1_000 + i);
      boolean last = false;
      while (!last) {
        Step step = plant.step(new float[] {policy.act(scaled(observation, 0))});
        sum += step.reward();
        observation = step.observation();
        last = step.last();
      }
    }
    return sum / EPISODES;
  }
}
