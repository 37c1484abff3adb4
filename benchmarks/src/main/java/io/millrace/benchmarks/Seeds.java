package io.millrace.benchmarks;

import java.util.List;
import java.util.stream.IntStream;

/** Figures of the same measurement with several seeds. */
record Seeds(List<Double> values) {
  Seeds {
    values = List.copyOf(values);
  }

  double mean() {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** The difference to others, seed by seed. */
  Seeds minus(Seeds others) {
    return new Seeds(
        IntStream.range(0, values.size())
            .mapToObj(i -> values.get(i) - others.values.get(i))
            .toList());
  }

  /** Of the mean; 0 for a single seed. */
  double standardError() {
    double mean = mean();
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    return values.size() < 2 ? 0 : Math.sqrt(squares / (values.size() - 1) / values.size());
  }
}
