package io.millrace.benchmarks;

import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.Pendulum;
import io.millrace.schemas.StreamSpec;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.PolicyNetwork;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.window.OnlineSpec.Held;
import io.millrace.trainer.window.RateLimiter;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.TrainingWindows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * Training that its own policy logs the rows of, in turn: updates while the rate limiter lets rows
 * be drawn, then an episode. Windows, limiter and learner are the trainer's.
 */
final class OnlineRun implements AutoCloseable {
  private final RateLimiter limiter;
  private final Learner learner;
  private final TrainingWindows windows;
  private final EpisodeStore store;
  private final Batch batch;
  private final Pendulum pendulum = new Pendulum();
  private final Random random;
  private long samples;
  private long revision;

  /** Is told how the policy does without noise, after so many rows were logged online. */
  @FunctionalInterface
  interface Evaluations {
    void evaluated(long rows, double meanReturn);
  }

  OnlineRun(
      PendulumSetup setup,
      SamplingSpec sampling,
      RateLimiter limiter,
      long seed,
      int threads,
      Path directory)
      throws IOException {
    this.limiter = limiter;
    var spec =
        new StreamSpec(
            "pendulum", pendulum.observationSize(), pendulum.actionLow(), pendulum.actionHigh());
    random = new Random(seed);
    batch = new Batch(PendulumSetup.BATCH_SIZE, setup.networks());
    windows = new TrainingWindows(spec, sampling, batch.rows(), seed);
    store = new EpisodeStore(directory, spec);
    learner =
        Learner.create(
            new LearnerSpec(
                setup.algorithm(), setup.networks(), seed, ComputeDevice.CPU, Precision.FP32),
            threads);
  }

  /** Takes in the rows of a log. */
  void append(LoggedEpisodes log) throws IOException {
    store.append(log);
    windows.take(store.reader(), store.rows());
  }

  /** Goes on until so many rows were logged online, and looks at the policy every so many. */
  void train(long rows, long evaluationRows, Evaluations evaluations) throws IOException {
    long logged = store.rows();
    long due = 0;
    while (true) {
      update();
      long online = store.rows() - logged;
      if (online >= due) {
        evaluations.evaluated(
            online, new PendulumPolicy((PolicyNetwork) learner.policy()).meanReturn());
        due += evaluationRows;
      }
      if (online >= rows) {
        return;
      }
      runEpisode();
    }
  }

  private void update() {
    while (maySample()) {
      long update = learner.updates() + 1;
      windows.draw(update, batch);
      learner.update(batch, update, windows.isHeld(Held.POLICY));
      samples += batch.rows();
    }
  }

  private boolean maySample() {
    long counted = windows.rows() - windows.rowsAllHeld(limiter.minRows());
    return !windows.isHeld(Held.ALL) && limiter.maySample(counted, samples, batch.rows());
  }

  private void runEpisode() throws IOException {
    var policy = new PendulumPolicy((PolicyNetwork) learner.policy());
    float[] first = pendulum.reset(random.nextLong());
    store.run(
        pendulum,
        first,
        observation -> new float[] {policy.drawnTorque(observation, random)},
        ++revision);
    windows.take(store.reader(), store.rows());
  }

  @Override
  public void close() throws IOException {
    learner.close();
    windows.close();
    store.close();
  }
}
