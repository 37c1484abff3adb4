package io.millrace.benchmarks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Measures several things in turn, round after round, so that whatever else the machine does meets
 * all of them alike, and gives the median of each.
 */
final class AlternatingRuns {
  private final Map<String, Run> runs = new LinkedHashMap<>();

  /** Something to time. */
  @FunctionalInterface
  interface Run {
    /** Does the work once. */
    void run() throws Exception;
  }

  /** Adds something to time, under a name. */
  AlternatingRuns add(String name, Run run) {
    runs.put(name, run);
    return this;
  }

  /**
   * Runs everything, first to warm up and then to measure.
   *
   * @return the median duration of each, in seconds
   */
  Map<String, Double> medianSeconds(int warmUpRounds, int rounds) throws Exception {
    Map<String, double[]> seconds = new LinkedHashMap<>();
    for (var name : runs.keySet()) {
      seconds.put(name, new double[rounds]);
    }
    for (int round = -warmUpRounds; round < rounds; round++) {
      for (var run : runs.entrySet()) {
        long start = System.nanoTime();
        run.getValue().run();
        if (round >= 0) {
          seconds.get(run.getKey())[round] = (System.nanoTime() - start) / 1e9;
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    seconds.forEach((name, each) -> medians.put(name, median(each)));
    return medians;
  }

  static double median(double[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
