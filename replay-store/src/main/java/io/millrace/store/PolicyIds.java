package io.millrace.store;

import java.util.Arrays;
import java.util.List;

/**
 * The dictionaries of a window's rows: {@code dictionaries[i]} is that of the rows from {@code
 * starts[i]} on.
 */
final class PolicyIds {
  static final PolicyIds NONE = new PolicyIds(new long[0], List.of());

  private final long[] starts;
  private final List<List<String>> dictionaries;

  PolicyIds(long[] starts, List<List<String>> dictionaries) {
    this.starts = starts;
    this.dictionaries = dictionaries;
  }

  String of(long row, int code) {
    int at = Arrays.binarySearch(starts, row);
    return dictionaries.get(at >= 0 ? at : -at - 2).get(code);
  }
}
