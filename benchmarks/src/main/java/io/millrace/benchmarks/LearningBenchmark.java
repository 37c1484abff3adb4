package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.PolicyNetwork;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.TrainingWindows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What each algorithm learns from logged Pendulum episodes alone: mean return of the policy without
 * noise. Rows are drawn as the trainer draws them, uniformly from all of the log.
 */
@Command(
    name = "learning",
    description = "Returns that each algorithm comes to from logged Pendulum episodes.")
final class LearningBenchmark extends Benchmark {
  @Option(
      names = "--log",
      split = ",",
      description = ".npz files of logged episodes. Default: the one that comes with Millrace.")
  private List<Path> logs;

  @Option(
      names = "--algorithms",
      split = ",",
      defaultValue = "bc,td3-bc,iql,sac,cql-sac,cql-sac-rho,cql-sac-var,cal-ql",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> algorithms;

  @Option(names = "--updates", defaultValue = "6000", description = "Default: ${DEFAULT-VALUE}.")
  private int updates;

  @Mixin private SeededRuns runs = new SeededRuns(Path.of("benchmarks/results/learning-store"));

  @Override
  Map<String, Object> measure() throws Exception {
    Engine.getEngine("PyTorch");
    var found = new LinkedHashMap<String, Object>();
    found.put("updates", updates);
    found.put("seeds", runs.seeds());
    found.put("threads", runs.threads());
    if (logs == null) {
      found.put("pendulum_replay", measure(LoggedEpisodes.pendulumReplay()));
      return found;
    }
    for (Path log : logs) {
      note("%s", log.getFileName());
      String name = log.getFileName().toString().replace(".npz", "");
      found.put(name, measure(LoggedEpisodes.read(log)));
    }
    return found;
  }

  private Map<String, Object> measure(LoggedEpisodes log) throws Exception {
    var found = new LinkedHashMap<String, Object>();
    found.put("rows", log.rows());
    try (var store = new EpisodeStore(runs.directory(), log.spec("pendulum"))) {
      store.append(log);
      for (String name : algorithms) {
        measure(name, log, store, found);
      }
    }
    return found;
  }

  private void measure(
      String name, LoggedEpisodes log, EpisodeStore store, Map<String, Object> found)
      throws Exception {
    var setup = PendulumSetup.of(name);
    var returns = new ArrayList<Double>();
    double seconds = 0;
    for (int seed : runs.seeds()) {
      var spec =
          new LearnerSpec(
              setup.algorithm(), setup.networks(), seed, ComputeDevice.CPU, Precision.FP32);
      var sampling = SamplingSpec.uniform(0, 1, log.rows(), 1).withReturns(PendulumSetup.DISCOUNT);
      try (var learner = Learner.create(spec, runs.threads());
          var windows =
              new TrainingWindows(log.spec("pendulum"), sampling, PendulumSetup.BATCH_SIZE, seed)) {
        windows.take(store.reader(), store.rows());
        seconds += train(learner, windows);
        returns.add(new PendulumPolicy((PolicyNetwork) learner.policy()).meanReturn());
      }
      note("%s, seed %d: %.1f", name, seed, returns.get(returns.size() - 1));
    }
    var all = new Seeds(returns);
    found.put(name + ".meanReturn", all.mean());
    found.put(name + ".standardError", all.standardError());
    found.put(name + ".returns", returns);
    found.put(name + ".updatesPerSecond", (double) updates * returns.size() / seconds);
  }

  /** Runs the updates; the seconds that they took. */
  private double train(Learner learner, TrainingWindows windows) {
    var batch = new Batch(PendulumSetup.BATCH_SIZE, learner.spec().networks());
    long start = System.nanoTime();
    for (long update = 1; update <= updates; update++) {
      windows.draw(update, batch);
      learner.update(batch, update);
    }
    learner.metrics();
    return (System.nanoTime() - start) / 1e9;
  }
}
