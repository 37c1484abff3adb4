package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * One algorithm in this process: the updates a second between two of its updates, on batches that
 * are there beforehand, and this process's resident memory after each of the two.
 */
@Command(
    name = "algorithm",
    description = "Updates a second and memory of one algorithm, in this process.")
final class AlgorithmBenchmark extends Benchmark {
  @Parameters(paramLabel = "NAME", description = "One of those of 'algorithms'.")
  private String name;

  @Mixin private UpdateSizes sizes = new UpdateSizes(List.of(256, 256));

  @Option(
      names = "--from",
      defaultValue = "500",
      description = "The update to measure after, 1 or more. Default: ${DEFAULT-VALUE}.")
  private int from;

  @Option(
      names = "--to",
      defaultValue = "20000",
      description = "The update to end with, beyond --from. Default: ${DEFAULT-VALUE}.")
  private int to;

  @Override
  Map<String, Object> measure() throws Exception {
    if (from < 1 || to <= from) {
      throw new ParameterException(
          commandLine(), "--from, --to: expected 1 <= from < to, got " + from + " and " + to);
    }
    Engine.getEngine("PyTorch");
    var variant = AlgorithmVariant.of(name);
    var networks = variant.networks(sizes);
    var batches = new RandomBatches(networks, sizes.batchSize());
    var spec = new LearnerSpec(variant.algorithm(), networks, 1, ComputeDevice.CPU, Precision.FP32);
    try (Learner learner = Learner.create(spec, sizes.threads())) {
      batches.run(learner, from);
      long first = ResidentMemory.bytes();
      long start = System.nanoTime();
      batches.run(learner, to - from);
      double seconds = (System.nanoTime() - start) / 1e9;
      long last = ResidentMemory.bytes();
      var found = new LinkedHashMap<String, Object>();
      found.put("algorithm", name);
      sizes.describe(found);
      found.put("critics", networks.critics());
      found.put("from", from);
      found.put("to", to);
      found.put("updatesPerSecond", (to - from) / seconds);
      found.put("residentBytesAfterFrom", first);
      found.put("residentBytesAfterTo", last);
      return found;
    }
  }
}
