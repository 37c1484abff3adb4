package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.Pendulum;
import io.millrace.plants.Step;
import io.millrace.trainer.algorithm.ActionPrior;
import io.millrace.trainer.algorithm.Algorithm;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.BehaviourCloning;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.ConservativeWeight;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Iql;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.PolicyNetwork;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.algorithm.Regularizer;
import io.millrace.trainer.algorithm.Sac;
import io.millrace.trainer.algorithm.SoftActorCritic;
import io.millrace.trainer.algorithm.Td3Bc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What each algorithm learns from logged Pendulum episodes alone: mean return of the policy without
 * noise over 20 episodes that begin as Gymnasium's do with seeds 1000 to 1019. All networks are
 * 64×64, all learning rates 3e-4, rows are drawn uniformly.
 */
@Command(
    name = "learning",
    description = "Returns that each algorithm comes to from logged Pendulum episodes.")
final class LearningBenchmark extends Benchmark {
  private static final int BATCH_SIZE = 256;
  private static final int EPISODES = 20;
  private static final long FIRST_EPISODE_SEED = 1_000;
  private static final double RATE = 3e-4;
  private static final double TORQUE = new Pendulum().actionHigh()[0];

  @Option(
      names = "--log",
      description = "An .npz file of logged episodes. Default: the ones that come with Millrace.")
  private Path log;

  @Option(
      names = "--algorithms",
      split = ",",
      defaultValue = "bc,td3-bc,iql,sac,cql-sac,cql-sac-rho,cql-sac-var",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> algorithms;

  @Option(names = "--updates", defaultValue = "6000", description = "Default: ${DEFAULT-VALUE}.")
  private int updates;

  @Option(names = "--seeds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Override
  Map<String, Object> measure() throws Exception {
    Engine.getEngine("PyTorch");
    LoggedEpisodes episodes = log == null ? LoggedEpisodes.pendulumReplay() : read(log);
    var networks = new NetworkSpec(3, 1, List.of(64, 64));
    var found = new LinkedHashMap<String, Object>();
    found.put("log", log == null ? "pendulum_replay" : log.getFileName().toString());
    found.put("rows", episodes.rows());
    found.put("updates", updates);
    found.put("threads", threads);
    for (String name : algorithms) {
      var returns = new ArrayList<Double>();
      double seconds = 0;
      for (int seed = 0; seed < seeds; seed++) {
        var spec =
            new LearnerSpec(algorithm(name), networks, seed, ComputeDevice.CPU, Precision.FP32);
        try (Learner learner = Learner.create(spec, threads)) {
          seconds += train(learner, episodes, seed);
          returns.add(meanReturn((PolicyNetwork) learner.policy()));
        }
        note("%s, seed %d: %.1f", name, seed, returns.get(seed));
      }
      found.put(name + ".meanReturn", mean(returns));
      found.put(name + ".standardError", standardError(returns));
      found.put(name + ".returns", returns);
      found.put(name + ".updatesPerSecond", (double) updates * seeds / seconds);
    }
    return found;
  }

  private static LoggedEpisodes read(Path file) throws IOException {
    return LoggedEpisodes.read(file);
  }

  private static Algorithm algorithm(String name) {
    boolean isSac = name.equals(Sac.NAME);
    var base = new SoftActorCritic(0.99, 0.005, RATE, RATE, 1, true, OptionalDouble.empty(), isSac);
    var weight = new ConservativeWeight.Fixed(5);
    return switch (name) {
      case BehaviourCloning.NAME -> new BehaviourCloning(RATE);
      case Td3Bc.NAME -> Td3Bc.defaults();
      case Iql.NAME -> Iql.defaults();
      case Sac.NAME -> new Sac(base);
      case CqlSac.NAME -> new CqlSac(base, weight, 10, 1, 0);
      case "cql-sac-rho" -> regularized(base, Regularizer.RHO, weight);
      case "cql-sac-var" -> regularized(base, Regularizer.VAR, weight);
      default -> throw new IllegalArgumentException("--algorithms: unknown '" + name + "'");
    };
  }

  private static CqlSac regularized(
      SoftActorCritic base, Regularizer regularizer, ConservativeWeight weight) {
    return new CqlSac(base, regularizer, ActionPrior.POLICY, weight, 10, 1, 0, false);
  }

  /** Runs the updates; the seconds that they took. */
  private double train(Learner learner, LoggedEpisodes episodes, long seed) {
    var batch = new Batch(BATCH_SIZE, learner.spec().networks());
    var random = new Random(seed);
    long start = System.nanoTime();
    for (long update = 1; update <= updates; update++) {
      fill(batch, episodes, random);
      learner.update(batch, update);
    }
    learner.metrics();
    return (System.nanoTime() - start) / 1e9;
  }

  private static void fill(Batch batch, LoggedEpisodes episodes, Random random) {
    var observations = batch.column(BatchColumn.OBSERVATION);
    var actions = batch.column(BatchColumn.ACTION);
    var rewards = batch.column(BatchColumn.REWARD);
    var next = batch.column(BatchColumn.NEXT_OBSERVATION);
    var terminated = batch.column(BatchColumn.TERMINATED);
    for (int i = 0; i < BATCH_SIZE; i++) {
      int row = random.nextInt(episodes.rows());
      observations.put(episodes.observations(), 3 * row, 3);
      actions.put((float) Math.max(-1, Math.min(1, episodes.actions()[row] / TORQUE)));
      rewards.put(episodes.rewards()[row]);
      next.put(episodes.nextObservations(), 3 * row, 3);
      terminated.put(episodes.terminated()[row] ? 1 : 0);
    }
  }

  private static double meanReturn(PolicyNetwork policy) {
    var pendulum = new Pendulum();
    double total = 0;
    for (long seed = FIRST_EPISODE_SEED; seed < FIRST_EPISODE_SEED + EPISODES; seed++) {
      float[] observation = pendulum.reset(seed);
      boolean last = false;
      while (!last) {
        Step step = pendulum.step(new float[] {(float) (TORQUE * action(policy, observation))});
        total += step.reward();
        observation = step.observation();
        last = step.last();
      }
    }
    return total / EPISODES;
  }

  /** The action without noise in [-1, 1]. */
  private static double action(PolicyNetwork policy, float[] observation) {
    double[] x = {observation[0], observation[1], observation[2]};
    for (int k = 0; k < policy.layers().size(); k++) {
      PolicyNetwork.Layer layer = policy.layers().get(k);
      boolean hidden = k + 1 < policy.layers().size();
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
    return Math.tanh(x[0]);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static double standardError(List<Double> values) {
    double mean = mean(values);
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    return values.size() < 2 ? 0 : Math.sqrt(squares / (values.size() - 1) / values.size());
  }
}
