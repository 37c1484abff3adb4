package io.millrace.benchmarks;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.window.SamplerSpec;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.TrainingWindows;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Rows a second that batches are drawn with from the trainer's windows, uniformly and prioritised
 * (there with priorities set after each batch), beside cpprb in the same run; on one thread each.
 */
@Command(
    name = "sampling",
    description = "Rows drawn a second from the trainer's windows, beside cpprb.")
final class SamplingBenchmark extends StoreBenchmark {
  private static final int WARM_UP_ROUNDS = 2;
  private static final int ERRORS = 64;

  @Mixin private RowSizes rowSizes;

  @Option(
      names = "--batch",
      defaultValue = "256",
      description = "Rows of a batch. Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(
      names = "--batches",
      defaultValue = "4000",
      description = "Batches in a round. Default: ${DEFAULT-VALUE}.")
  private int batches;

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "How often each is measured. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--python",
      description = "Interpreter that has cpprb. Default: a virtual environment, made if needed.")
  private Path python;

  private long update;

  SamplingBenchmark() {
    super(1_000_000, "sampling-store");
  }

  @Override
  RowSizes rowSizes() {
    return rowSizes;
  }

  @Override
  void prepare() throws Exception {
    if (python == null) {
      note("virtual environment of cpprb (the first time takes a minute)");
      python = PythonPeer.interpreter("cpprb");
    }
  }

  @Override
  Map<String, Object> measure(StoreLayout layout, StreamSpec spec) throws Exception {
    var prioritised = new SamplerSpec.Prioritised(0.6, 0.4, 100_000);
    var batch =
        new Batch(
            batchSize,
            new NetworkSpec(rowSizes.observationSize(), rowSizes.actionSize(), List.of(8)));
    var errors = errors();
    try (var store = ReplayStore.open(layout, "sampling");
        var uniformWindows = windows(spec, new SamplerSpec.Uniform());
        var prioritisedWindows = windows(spec, prioritised);
        var peer =
            PythonPeer.start(
                python,
                "cpprb_sampling.py",
                List.of(
                    "--rows=" + rows(),
                    "--observation=" + rowSizes.observationSize(),
                    "--action=" + rowSizes.actionSize(),
                    "--batch=" + batchSize))) {
      store.follow();
      uniformWindows.take(store, rows());
      prioritisedWindows.take(store, rows());
      var found = new LinkedHashMap<String, Object>();
      peer.answer().properties().forEach(e -> found.put("cpprb." + e.getKey(), e.getValue()));
      note("%d rounds of %,d batches", rounds, batches);
      var seconds =
          new AlternatingRuns()
              .add("uniform", () -> draw(uniformWindows, batch))
              .add("cpprb", () -> peer.ask("uniform " + batches))
              .add("prioritised", () -> drawAndSet(prioritisedWindows, batch, errors))
              .add("cpprbPrioritised", () -> peer.ask("prioritised " + batches))
              .medianSeconds(WARM_UP_ROUNDS, rounds);
      rowSizes.describe(found);
      found.put("batch", batchSize);
      double drawn = (double) batches * batchSize;
      found.put("rowsPerSecond", drawn / seconds.get("uniform"));
      found.put("cpprbRowsPerSecond", drawn / seconds.get("cpprb"));
      found.put("ratio", seconds.get("cpprb") / seconds.get("uniform"));
      found.put("prioritisedRowsPerSecond", drawn / seconds.get("prioritised"));
      found.put("cpprbPrioritisedRowsPerSecond", drawn / seconds.get("cpprbPrioritised"));
      found.put("prioritisedRatio", seconds.get("cpprbPrioritised") / seconds.get("prioritised"));
      return found;
    }
  }

  private TrainingWindows windows(StreamSpec spec, SamplerSpec sampler) {
    return new TrainingWindows(
        spec, SamplingSpec.uniform(0, 1, rows(), 1).with(sampler), batchSize, 1);
  }

  private void draw(TrainingWindows windows, Batch batch) {
    for (int i = 0; i < batches; i++) {
      windows.draw(++update, batch);
    }
  }

  private void drawAndSet(TrainingWindows windows, Batch batch, float[][] errors) {
    for (int i = 0; i < batches; i++) {
      windows.draw(++update, batch);
      windows.errors(errors[i % ERRORS]);
    }
  }

  private float[][] errors() {
    var random = new Random(2);
    var errors = new float[ERRORS][batchSize];
    for (var each : errors) {
      for (int i = 0; i < batchSize; i++) {
        each[i] = (float) -Math.log(1 - random.nextDouble());
      }
    }
    return errors;
  }
}
