package io.millrace.benchmarks;

import io.millrace.trainer.algorithm.NetworkSpec;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for the size of an update, for every benchmark that runs updates. */
final class UpdateSizes {
  @Mixin private RowSizes rowSizes;

  @Option(
      names = "--hidden",
      split = ",",
      description = "Units of each hidden layer, with commas between. Default: ${DEFAULT-VALUE}.")
  private List<Integer> hiddenSizes;

  @Option(
      names = "--batch",
      defaultValue = "256",
      description = "Rows of an update. Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  /** With so many units in each hidden layer, unless the command line has others. */
  UpdateSizes(List<Integer> hiddenSizes) {
    this.hiddenSizes = hiddenSizes;
  }

  RowSizes rowSizes() {
    return rowSizes;
  }

  List<Integer> hiddenSizes() {
    return hiddenSizes;
  }

  int batchSize() {
    return batchSize;
  }

  int threads() {
    return threads;
  }

  /** Networks of these sizes, with the defaults in everything else. */
  NetworkSpec networks() {
    return new NetworkSpec(rowSizes.observationSize(), rowSizes.actionSize(), hiddenSizes);
  }

  /** Adds the sizes to what a benchmark prints. */
  void describe(Map<String, Object> found) {
    rowSizes.describe(found);
    found.put("hidden", hiddenSizes);
    found.put("batch", batchSize);
    found.put("threads", threads);
  }
}
