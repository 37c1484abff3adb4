package io.millrace.benchmarks;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options for the size of a row, for every benchmark that has rows. */
final class RowSizes {
  @Option(
      names = "--observation",
      defaultValue = "17",
      description = "Numbers in an observation. Default: ${DEFAULT-VALUE}.")
  private int observationSize;

  @Option(
      names = "--action",
      defaultValue = "6",
      description = "Numbers in an action. Default: ${DEFAULT-VALUE}.")
  private int actionSize;

  int observationSize() {
    return observationSize;
  }

  int actionSize() {
    return actionSize;
  }

  /** A stream of such rows, with actions from -1 to 1. */
  StreamSpec stream() {
    var low = new float[actionSize];
    var high = new float[actionSize];
    Arrays.fill(low, -1);
    Arrays.fill(high, 1);
    return new StreamSpec("benchmark", observationSize, low, high);
  }

  /** Adds the sizes to what a benchmark prints. */
  void describe(Map<String, Object> found) {
    found.put("observation", observationSize);
    found.put("action", actionSize);
  }
}
