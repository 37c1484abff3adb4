package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Precision;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
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
  private static final int BATCHES = 16;
  private static final int WARM_UP_ROUNDS = 1;
  private static final int FIRST_MEMORY_READING = 500;

  @Option(names = "--observation", defaultValue = "17", description = "Default: ${DEFAULT-VALUE}.")
  private int observationSize;

  @Option(names = "--action", defaultValue = "6", description = "Default: ${DEFAULT-VALUE}.")
  private int actionSize;

  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "256,256",
      description = "Units of each hidden layer. Default: ${DEFAULT-VALUE}.")
  private List<Integer> hiddenSizes;

  @Option(names = "--batch", defaultValue = "256", description = "Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

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
    var networks = new NetworkSpec(observationSize, actionSize, hiddenSizes);
    List<Batch> batches = batches(networks);
    var found = new LinkedHashMap<String, Object>();
    found.put("observation", observationSize);
    found.put("action", actionSize);
    found.put("hidden", hiddenSizes);
    found.put("batch", batchSize);
    found.put("sampledActions", CqlSac.defaults().sampledActions());
    found.put("threads", threads);
    try (Learner fp32 = learner(networks, Precision.FP32);
        Learner mixed = learner(networks, Precision.MIXED)) {
      if (python == null) {
        note("virtual environment of d3rlpy (the first time takes minutes)");
        python = PythonPeer.interpreter("d3rlpy");
      }
      try (var products = new CriticProducts(networks, batchSize, threads);
          PythonPeer peer = PythonPeer.start(python, "d3rlpy_updates.py", peerArguments())) {
        peer.answer().properties().forEach(e -> found.put("d3rlpy." + e.getKey(), e.getValue()));
        note("%d rounds of %d updates, and a third of them by d3rlpy", rounds, updates);
        int peerUpdates = Math.max(1, updates / 3);
        int mixedUpdates = mixedUpdates(fp32, mixed, batches);
        var medians =
            new AlternatingRuns()
                .add("fp32", () -> run(fp32, batches, updates))
                .add("mixed", () -> run(mixed, batches, mixedUpdates))
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
  private int mixedUpdates(Learner fp32, Learner mixed, List<Batch> batches) {
    run(fp32, batches, 2);
    run(mixed, batches, 1);
    long start = System.nanoTime();
    run(fp32, batches, 2);
    long middle = System.nanoTime();
    run(mixed, batches, 1);
    double ratio = (middle - start) / 2.0 / (System.nanoTime() - middle);
    return (int) Math.max(1, Math.min(updates, updates * ratio));
  }

  private Learner learner(NetworkSpec networks, Precision precision) {
    return Learner.create(
        new LearnerSpec(CqlSac.defaults(), networks, 1, ComputeDevice.CPU, precision), threads);
  }

  private static void run(Learner learner, List<Batch> batches, int updates) {
    for (int i = 0; i < updates; i++) {
      long update = learner.updates() + 1;
      learner.update(batches.get((int) (update % BATCHES)), update);
    }
    learner.metrics();
  }

  private List<String> peerArguments() {
    var arguments = new ArrayList<String>();
    Collections.addAll(arguments, "--observation", Integer.toString(observationSize));
    Collections.addAll(arguments, "--action", Integer.toString(actionSize));
    Collections.addAll(arguments, "--batch", Integer.toString(batchSize));
    Collections.addAll(
        arguments, "--samples", Integer.toString(CqlSac.defaults().sampledActions()));
    Collections.addAll(arguments, "--threads", Integer.toString(threads));
    arguments.add("--hidden");
    hiddenSizes.forEach(size -> arguments.add(Integer.toString(size)));
    return arguments;
  }

  private List<Batch> batches(NetworkSpec networks) {
    var random = new Random(1);
    var batches = new ArrayList<Batch>();
    for (int i = 0; i < BATCHES; i++) {
      var batch = new Batch(batchSize, networks);
      for (var column :
          List.of(BatchColumn.OBSERVATION, BatchColumn.NEXT_OBSERVATION, BatchColumn.REWARD)) {
        FloatBuffer values = batch.column(column);
        while (values.hasRemaining()) {
          values.put((float) random.nextGaussian());
        }
      }
      FloatBuffer actions = batch.column(BatchColumn.ACTION);
      while (actions.hasRemaining()) {
        actions.put(random.nextFloat() * 1.9f - 0.95f);
      }
      batches.add(batch);
    }
    return batches;
  }

  private void watchMemory(NetworkSpec networks, List<Batch> batches, Map<String, Object> found)
      throws IOException {
    note("%d updates, watching memory", memoryUpdates);
    touchHeap();
    try (Learner learner = learner(networks, Precision.FP32)) {
      run(learner, batches, FIRST_MEMORY_READING);
      long first = residentBytes();
      run(learner, batches, memoryUpdates - FIRST_MEMORY_READING);
      long last = residentBytes();
      found.put("residentBytesAfter" + FIRST_MEMORY_READING, first);
      found.put("residentBytesAfter" + memoryUpdates, last);
      found.put("residentRatio", last / (double) first);
    }
  }

  /** Fills the young generation a few times, so that what grows later is no first touch of it. */
  private static void touchHeap() {
    long bytes = 0;
    for (int i = 0; i < 2_000; i++) {
      bytes += new byte[1 << 20].length;
    }
    if (bytes == 0) {
      throw new AssertionError("allocated nothing");
    }
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status has no VmRSS");
  }
}
