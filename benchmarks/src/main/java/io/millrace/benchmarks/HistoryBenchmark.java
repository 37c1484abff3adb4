package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.schemas.StreamSpec;
import io.millrace.store.ReaderConfig;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.SamplingSpec.History;
import io.millrace.trainer.window.TrainingWindows;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Updates a second of CQL-SAC, draws included, from a sample of the store that is in memory and
 * from all of the store, read in random order through a buffer of as many rows and without a block
 * cache.
 */
@Command(
    name = "history",
    description = "Updates a second from memory, and from a store that is larger than it.")
final class HistoryBenchmark extends Benchmark {
  private static final int WARM_UP_ROUNDS = 2;

  @Option(names = "--rows", defaultValue = "4000000", description = "Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--history-rows",
      defaultValue = "400000",
      description = "Rows in memory. Default: ${DEFAULT-VALUE}.")
  private int historyRows;

  @Option(names = "--observation", defaultValue = "17", description = "Default: ${DEFAULT-VALUE}.")
  private int observationSize;

  @Option(names = "--action", defaultValue = "6", description = "Default: ${DEFAULT-VALUE}.")
  private int actionSize;

  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "64,64",
      description = "Units of each hidden layer. Default: ${DEFAULT-VALUE}.")
  private List<Integer> hiddenSizes;

  @Option(names = "--batch", defaultValue = "256", description = "Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--updates",
      defaultValue = "200",
      description = "Updates in a round. Default: ${DEFAULT-VALUE}.")
  private int updates;

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "How often each is measured. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--directory",
      defaultValue = "benchmarks/results/history-store",
      description = "Where a store is made, and deleted again. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  @Override
  Map<String, Object> measure() throws Exception {
    var spec = RandomWalkStore.spec(observationSize, actionSize);
    var layout = new StoreLayout(directory);
    RandomWalkStore.delete(directory);
    try {
      note("writing %,d rows", rows);
      RandomWalkStore.write(layout, spec, rows);
      return measure(layout, spec);
    } finally {
      RandomWalkStore.delete(directory);
    }
  }

  private Map<String, Object> measure(StoreLayout layout, StreamSpec spec) throws Exception {
    Engine.getEngine("PyTorch");
    var networks = new NetworkSpec(observationSize, actionSize, hiddenSizes);
    var batch = new Batch(batchSize, networks);
    var learnerSpec =
        new LearnerSpec(CqlSac.defaults(), networks, 1, ComputeDevice.CPU, Precision.FP32);
    try (var store = ReplayStore.open(layout, "history", new ReaderConfig(1, 0));
        var memory = windows(spec, History.SAMPLE);
        var shuffled = windows(spec, History.SHUFFLED);
        var learner = Learner.create(learnerSpec, threads)) {
      store.follow();
      memory.take(store, rows);
      shuffled.take(store, rows);
      note("%d rounds of %d updates", rounds, updates);
      var seconds =
          new AlternatingRuns()
              .add("memory", () -> train(learner, memory, batch))
              .add("shuffled", () -> train(learner, shuffled, batch))
              .medianSeconds(WARM_UP_ROUNDS, rounds);
      var found = new LinkedHashMap<String, Object>();
      found.put("rows", rows);
      found.put("historyRows", historyRows);
      found.put("observation", observationSize);
      found.put("action", actionSize);
      found.put("hidden", hiddenSizes);
      found.put("batch", batchSize);
      found.put("threads", threads);
      found.put("memoryUpdatesPerSecond", updates / seconds.get("memory"));
      found.put("shuffledUpdatesPerSecond", updates / seconds.get("shuffled"));
      found.put("ratio", seconds.get("memory") / seconds.get("shuffled"));
      return found;
    }
  }

  private TrainingWindows windows(StreamSpec spec, History history) {
    var sampling = SamplingSpec.uniform(0.5, 100_000, historyRows, 1).with(history);
    return new TrainingWindows(spec, sampling, batchSize, 1);
  }

  private void train(Learner learner, TrainingWindows windows, Batch batch) {
    for (int i = 0; i < updates; i++) {
      long update = learner.updates() + 1;
      windows.draw(update, batch);
      learner.update(batch, update);
    }
    learner.metrics();
  }
}
