package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.CartPole;
import io.millrace.plants.CartPoleLog;
import io.millrace.plants.Step;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.ConservativeWeight;
import io.millrace.trainer.algorithm.CqlDiscrete;
import io.millrace.trainer.algorithm.GreedyPolicy;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What {@code cql-discrete} learns from logged CartPole episodes of poor control alone: mean return
 * of the greedy policy over 20 episodes that begin as Gymnasium's do with seeds 1000 to 1019.
 * Beside it the same learner without the conservative term (Double DQN), and with hardly anything
 * but it, which is imitation of the log: the exact gap is the cross entropy of the logged action.
 */
@Command(
    name = "cartpole",
    description = "Returns that cql-discrete comes to from logged CartPole episodes.")
final class CartPoleBenchmark extends Benchmark {
  private static final int BATCH_SIZE = 256;
  private static final int EPISODES = 20;
  private static final long FIRST_EPISODE_SEED = 1_000;

  @Option(
      names = "--algorithms",
      split = ",",
      defaultValue = "imitation,double-dqn,cql-discrete",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> algorithms;

  @Option(
      names = "--logged-episodes",
      defaultValue = "600",
      description = "Half of them random, half of a poor controller. Default: ${DEFAULT-VALUE}.")
  private int loggedEpisodes;

  @Option(names = "--weight", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
  private double weight;

  @Option(names = "--rate", defaultValue = "3e-4", description = "Default: ${DEFAULT-VALUE}.")
  private double rate;

  @Option(names = "--polyak", defaultValue = "0.01", description = "Default: ${DEFAULT-VALUE}.")
  private double polyak;

  @Option(names = "--discount", defaultValue = "0.99", description = "Default: ${DEFAULT-VALUE}.")
  private double discount;

  @Option(names = "--layer-norm", description = "Critics with LayerNorm.")
  private boolean layerNorm;

  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "64,64",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<Integer> hidden;

  @Option(names = "--critics", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int critics;

  @Option(names = "--updates", defaultValue = "10000", description = "Default: ${DEFAULT-VALUE}.")
  private int updates;

  @Option(names = "--seeds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--report-updates",
      defaultValue = "0",
      description = "Evaluate every so many updates too; 0: at the end. Default: ${DEFAULT-VALUE}.")
  private int reportUpdates;

  @Option(names = "--threads", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Override
  Map<String, Object> measure() throws Exception {
    Engine.getEngine("PyTorch");
    var found = new LinkedHashMap<String, Object>();
    found.put("loggedEpisodes", loggedEpisodes);
    found.put("conservativeWeight", weight);
    found.put("discount", discount);
    found.put("learningRate", rate);
    found.put("polyak", polyak);
    found.put("critics", critics);
    found.put("layerNorm", layerNorm);
    found.put("hidden", hidden);
    found.put("updates", updates);
    found.put("threads", threads);
    for (String name : algorithms) {
      var returns = new ArrayList<Double>();
      var logged = new ArrayList<Double>();
      double seconds = 0;
      for (int seed = 0; seed < seeds; seed++) {
        LoggedEpisodes log = CartPoleLog.play(loggedEpisodes, seed);
        var scale = Scale.of(log.observations());
        logged.add(CartPoleLog.meanReturn(log));
        var networks = NetworkSpec.discrete(4, 2, hidden, critics, layerNorm);
        var spec =
            new LearnerSpec(algorithm(name), networks, seed, ComputeDevice.CPU, Precision.FP32);
        try (Learner learner = Learner.create(spec, threads)) {
          seconds += train(learner, log, scale, seed);
          returns.add(meanReturn((GreedyPolicy) learner.policy(), scale));
          note("%s, seed %d: %.1f", name, seed, returns.get(seed));
        }
      }
      found.put("logged.meanReturns", logged);
      found.put(name + ".meanReturn", mean(returns));
      found.put(name + ".returns", returns);
      found.put(name + ".updatesPerSecond", (double) updates * seeds / seconds);
    }
    return found;
  }

  private CqlDiscrete algorithm(String name) {
    return switch (name) {
      case "cql-discrete" -> algorithm(discount, weight);
      case "double-dqn" -> algorithm(discount, 0);
      case "imitation" -> algorithm(0, 1_000);
      default -> throw new IllegalArgumentException("--algorithms: unknown '" + name + "'");
    };
  }

  private CqlDiscrete algorithm(double gamma, double alpha) {
    return new CqlDiscrete(gamma, polyak, rate, new ConservativeWeight.Fixed(alpha), 1, 0.05);
  }

  /** Runs the updates; the seconds that they took. */
  private double train(Learner learner, LoggedEpisodes log, Scale scale, long seed) {
    var batch = new Batch(BATCH_SIZE, learner.spec().networks());
    var random = new Random(seed);
    long nanos = 0;
    for (long update = 1; update <= updates; update++) {
      long start = System.nanoTime();
      fill(batch, log, scale, random);
      learner.update(batch, update);
      nanos += System.nanoTime() - start;
      if (reportUpdates > 0 && update % reportUpdates == 0) {
        note("  %d: %.1f", update, meanReturn((GreedyPolicy) learner.policy(), scale));
      }
    }
    return nanos / 1e9;
  }

  private static void fill(Batch batch, LoggedEpisodes log, Scale scale, Random random) {
    var observations = batch.column(BatchColumn.OBSERVATION);
    var actions = batch.column(BatchColumn.ACTION);
    var rewards = batch.column(BatchColumn.REWARD);
    var next = batch.column(BatchColumn.NEXT_OBSERVATION);
    var terminated = batch.column(BatchColumn.TERMINATED);
    for (int i = 0; i < BATCH_SIZE; i++) {
      int row = random.nextInt(log.rows());
      observations.put(scale.scaled(log.observations(), row));
      actions.put(log.actions()[row]);
      rewards.put(log.rewards()[row]);
      next.put(scale.scaled(log.nextObservations(), row));
      terminated.put(log.terminated()[row] ? 1 : 0);
    }
  }

  private static double meanReturn(GreedyPolicy policy, Scale scale) {
    var plant = new CartPole();
    var returns = new double[EPISODES];
    for (int i = 0; i < EPISODES; i++) {
      float[] observation = plant.reset(FIRST_EPISODE_SEED + i);
      boolean last = false;
      while (!last) {
        Step step = plant.step(new float[] {policy.act(scale.scaled(observation, 0))});
        returns[i] += step.reward();
        observation = step.observation();
        last = step.last();
      }
    }
    return Arrays.stream(returns).average().orElseThrow();
  }

  /** What observations are divided by, after their mean is taken off. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Scale(double[] mean, double[] deviation) {
    static Scale of(float[] observations) {
      var scale = new Scale(new double[4], new double[4]);
      int rows = observations.length / 4;
      for (int i = 0; i < observations.length; i++) {
        scale.mean[i % 4] += observations[i] / rows;
      }
      for (int i = 0; i < observations.length; i++) {
        scale.deviation[i % 4] += Math.pow(observations[i] - scale.mean[i % 4], 2) / rows;
      }
      for (int i = 0; i < 4; i++) {
        scale.deviation[i] = Math.sqrt(scale.deviation[i]);
      }
      return scale;
    }

    float[] scaled(float[] observations, int row) {
      var scaled = new float[4];
      for (int i = 0; i < 4; i++) {
        scaled[i] = (float) ((observations[4 * row + i] - mean[i]) / deviation[i]);
      }
      return scaled;
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
