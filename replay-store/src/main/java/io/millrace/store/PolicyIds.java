package io.millrace.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The dictionaries of a window's rows: the i-th is that of the rows from {@code starts[i]} on, up
 * to the next start.
 */
final class PolicyIds {
  static final PolicyIds NONE = new PolicyIds(new long[0], List.of());

  private final long[] starts;
  private final List<List<String>> dictionaries;

  private PolicyIds(long[] starts, List<List<String>> dictionaries) {
    this.starts = starts;
    this.dictionaries = dictionaries;
  }

  /** From runs in any order. */
  static PolicyIds of(long[] starts, List<List<String>> dictionaries) {
    // Start and run in one long: a window may have a run for each of its rows.
    var order = new long[starts.length];
    for (int run = 0; run < order.length; run++) {
      order[run] = Math.addExact(Math.multiplyExact(starts[run], (long) order.length), run);
    }
    Arrays.sort(order);
    var sortedStarts = new long[order.length];
    var sortedDictionaries = new ArrayList<List<String>>(order.length);
    for (long both : order) {
      sortedStarts[sortedDictionaries.size()] = both / order.length;
      sortedDictionaries.add(dictionaries.get((int) (both % order.length)));
    }
    return new PolicyIds(sortedStarts, sortedDictionaries);
  }

  String of(long row, int code) {
    int at = Arrays.binarySearch(starts, row);
    return dictionaries.get(at >= 0 ? at : -at - 2).get(code);
  }
}
