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
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.SamplingSpec.History;
import io.millrace.trainer.window.TrainingWindows;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Updates a second of CQL-SAC, draws included, from a sample of the store that is in memory and
 * from all of the store, read in random order through a buffer of as many rows and without a block
 * cache.
 */
@Command(
    name = "history",
    description = "Updates a second from memory, and from a store that is larger than it.")
final class HistoryBenchmark extends StoreBenchmark {
  private static final int WARM_UP_ROUNDS = 2;

  @Mixin private UpdateSizes sizes = new UpdateSizes(List.of(64, 64));

  @Option(
      names = "--history-rows",
      defaultValue = "400000",
      description = "Rows in memory. Default: ${DEFAULT-VALUE}.")
  private int historyRows;

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

  HistoryBenchmark() {
    super(4_000_000, "history-store");
  }

  @Override
  RowSizes rowSizes() {
    return sizes.rowSizes();
  }

  @Override
  Map<String, Object> measure(StoreLayout layout, StreamSpec spec) throws Exception {
    Engine.getEngine("PyTorch");
    var networks = sizes.networks();
    var batch = new Batch(sizes.batchSize(), networks);
    var learnerSpec =
        new LearnerSpec(CqlSac.defaults(), networks, 1, ComputeDevice.CPU, Precision.FP32);
    try (var store = ReplayStore.open(layout, "history", new ReaderConfig(1, 0));
        var memory = windows(spec, History.SAMPLE);
        var shuffled = windows(spec, History.SHUFFLED);
        var learner = Learner.create(learnerSpec, sizes.threads())) {
      store.follow();
      memory.take(store, rows());
      shuffled.take(store, rows());
      note("%d rounds of %d updates", rounds, updates);
      var seconds =
          new AlternatingRuns()
              .add("memory", () -> train(learner, memory, batch))
              .add("shuffled", () -> train(learner, shuffled, batch))
              .medianSeconds(WARM_UP_ROUNDS, rounds);
      var found = new LinkedHashMap<String, Object>();
      found.put("historyRows", historyRows);
      sizes.describe(found);
      found.put("memoryUpdatesPerSecond", updates / seconds.get("memory"));
      found.put("shuffledUpdatesPerSecond", updates / seconds.get("shuffled"));
      found.put("ratio", seconds.get("memory") / seconds.get("shuffled"));
      return found;
    }
  }

  private TrainingWindows windows(StreamSpec spec, History history) {
    var sampling = SamplingSpec.uniform(0.5, 100_000, historyRows, 1).with(history);
    return new TrainingWindows(spec, sampling, sizes.batchSize(), 1);
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
