package io.millrace.trainer.window;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts the on-policy rows that have come in, as far as anything depends on their number, and says
 * what {@link OnlineSpec} makes of it. All of it follows from the rows in their order, and not from
 * how they were cut.
 */
final class OnlineRows {
  private final OnlineSpec spec;
  private final long counted;
  private long count;
  private long switchRow;
  private long warmEndRow;

  OnlineRows(OnlineSpec spec) {
    this.spec = spec;
    this.counted = Math.max(spec.conservativeRows(), spec.warmStartRows());
  }

  /**
   * Takes rows in; every row of the store must come once, in order, until {@link #isSettled}.
   *
   * @param firstRow number of the first of them in the store
   */
  void append(long firstRow, TransitionRows.Columns columns) {
    for (int i = 0; i < columns.rows && !isSettled(); i++) {
      if (columns.isOnPolicy(i)) {
        count++;
        if (count == 1) {
          switchRow = firstRow + i;
        }
        if (count == spec.warmStartRows()) {
          warmEndRow = firstRow + i;
        }
      }
    }
  }

  /** Whether nothing depends on the rows that are still to come. */
  boolean isSettled() {
    return count >= counted;
  }

  /** Factor of the conservative term on a fresh on-policy row. */
  double conservativeFactor() {
    if (count >= spec.conservativeRows()) {
      return spec.conservativeFactor();
    }
    double share = (double) count / spec.conservativeRows();
    return 1 + share * (spec.conservativeFactor() - 1);
  }

  /** Whether the warm start is on: from the first on-policy row until all of its rows are in. */
  boolean isHolding() {
    return count > 0 && count < spec.warmStartRows();
  }

  /**
   * How many of some rows, of whatever origin, came in during the warm start.
   *
   * @param from number in the store of the first of them
   * @param to number of the one after the last, the newest that has come in
   */
  long rowsHeld(long from, long to) {
    if (spec.warmStartRows() == 0 || count == 0) {
      return 0;
    }
    long end = isHolding() ? to : warmEndRow + 1;
    return Math.max(0, end - Math.max(switchRow, from));
  }

  /** What is worth a look among the figures of an update; nothing, where nothing changes. */
  Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    if (spec.conservativeFactor() != 1) {
      figures.put("online_conservative_factor", conservativeFactor());
    }
    if (spec.warmStartRows() > 0) {
      figures.put("policy_held", isHolding() ? 1.0 : 0.0);
    }
    return figures;
  }
}
