package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Gradient updates a second of CQL-SAC with a fixed conservative weight, on batches that are there
 * beforehand, beside d3rlpy's CQL and the {@link CriticProducts} alone in the same run; and
 * resident memory over many updates.
 */
@Command(
    name = "updates",
    description = "Updates a second of CQL-SAC beside d3rlpy's, and memory over many updates.")
final class UpdatesBenchmark extends Benchmark {
  private static final int WARM_UP_ROUNDS = 1;
  private static final int FIRST_MEMORY_READING = 500;

  @Mixin private UpdateSizes sizes = new UpdateSizes(List.of(256, 256));

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "How often each is measured. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--updates",
      defaultValue = "60",
      description = "Updates of ours in a round; a third of the peer's. Default: ${DEFAULT-VALUE}.")
  private int updates;

  @Option(
      names = "--memory-updates",
      defaultValue = "5000",
      description = "Updates over which memory is watched; 0: not. Default: ${DEFAULT-VALUE}.")
  private int memoryUpdates;

  @Option(
      names = "--python",
      description = "Interpreter that has d3rlpy. Default: a virtual environment, made if needed.")
  private Path python;

  @Override
  Map<String, Object> measure() throws Exception {
    Engine.getEngine("PyTorch");
    var networks = sizes.networks();
    var batches = new RandomBatches(networks, sizes.batchSize());
    var found = new LinkedHashMap<String, Object>();
    sizes.describe(found);
    found.put("sampledActions", CqlSac.defaults().sampledActions());
    try (Learner fp32 = learner(networks, Precision.FP32);
        Learner mixed = learner(networks, Precision.MIXED)) {
      if (python == null) {
        note("virtual environment of d3rlpy (the first time takes minutes)");
        python = PythonPeer.interpreter("d3rlpy");
      }
      try (var products = new CriticProducts(networks, sizes.batchSize(), sizes.threads());
          PythonPeer peer = PythonPeer.start(python, "d3rlpy_updates.py", peerArguments())) {
        peer.answer().properties().forEach(e -> found.put("d3rlpy." + e.getKey(), e.getValue()));
        note("%d rounds of %d updates, and a third of them by d3rlpy", rounds, updates);
        int peerUpdates = Math.max(1, updates / 3);
        int mixedUpdates = mixedUpdates(fp32, mixed, batches);
        var medians =
            new AlternatingRuns()
                .add("fp32", () -> batches.run(fp32, updates))
                .add("mixed", () -> batches.run(mixed, mixedUpdates))
                .add("d3rlpy", () -> peer.ask(Integer.toString(peerUpdates)))
                .add("products", () -> products.run(peerUpdates))
                .medianSeconds(WARM_UP_ROUNDS, rounds);
        double d3rlpy = peerUpdates / medians.get("d3rlpy");
        double productsAlone = peerUpdates / medians.get("products");
        found.put("fp32PerSecond", updates / medians.get("fp32"));
        found.put("mixedPerSecond", mixedUpdates / medians.get("mixed"));
        found.put("d3rlpyPerSecond", d3rlpy);
        found.put("fp32ProductsAlonePerSecond", productsAlone);
        found.put("fp32ToProductsAlone", updates / medians.get("fp32") / productsAlone);
        found.put("ratioFp32", updates / medians.get("fp32") / d3rlpy);
        found.put("ratioMixed", mixedUpdates / medians.get("mixed") / d3rlpy);
      }
    }
    if (memoryUpdates > FIRST_MEMORY_READING) {
      watchMemory(networks, batches, found);
    }
    return found;
  }

  /** As many as take the time of a round: without bfloat16 in the processor, few. */
  private int mixedUpdates(Learner fp32, Learner mixed, RandomBatches batches) {
    batches.run(fp32, 2);
    batches.run(mixed, 1);
    long start = System.nanoTime();
    batches.run(fp32, 2);
    long middle = System.nanoTime();
    batches.run(mixed, 1);
    double ratio = (middle - start) / 2.0 / (System.nanoTime() - middle);
    return (int) Math.max(1, Math.min(updates, updates * ratio));
  }

  private Learner learner(NetworkSpec networks, Precision precision) {
    return Learner.create(
        new LearnerSpec(CqlSac.defaults(), networks, 1, ComputeDevice.CPU, precision),
        sizes.threads());
  }

  private List<String> peerArguments() {
    var rows = sizes.rowSizes();
    var arguments = new ArrayList<String>();
    Collections.addAll(arguments, "--observation", Integer.toString(rows.observationSize()));
    Collections.addAll(arguments, "--action", Integer.toString(rows.actionSize()));
    Collections.addAll(arguments, "--batch", Integer.toString(sizes.batchSize()));
    Collections.addAll(
        arguments, "--samples", Integer.toString(CqlSac.defaults().sampledActions()));
    Collections.addAll(arguments, "--threads", Integer.toString(sizes.threads()));
    arguments.add("--hidden");
    sizes.hiddenSizes().forEach(size -> arguments.add(Integer.toString(size)));
    return arguments;
  }

  private void watchMemory(NetworkSpec networks, RandomBatches batches, Map<String, Object> found)
      throws IOException {
    note("%d updates, watching memory", memoryUpdates);
    ResidentMemory.touchHeap();
    try (Learner learner = learner(networks, Precision.FP32)) {
      batches.run(learner, FIRST_MEMORY_READING);
      long first = ResidentMemory.bytes();
      batches.run(learner, memoryUpdates - FIRST_MEMORY_READING);
      long last = ResidentMemory.bytes();
      found.put("residentBytesAfter" + FIRST_MEMORY_READING, first);
      found.put("residentBytesAfter" + memoryUpdates, last);
      found.put("residentRatio", last / (double) first);
    }
  }
}
