package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;

/**
 * The newest rows of the store. Row n lies in slot n mod capacity, so what the window holds follows
 * from how many rows came in, and not from how they were cut into manifests.
 */
final class FreshWindow {
  private final int capacity;
  private final TransitionRows rows;
  private long end;

  FreshWindow(StreamSpec spec, int capacity) {
    this.capacity = capacity;
    this.rows = new TransitionRows(spec);
  }

  /** How many rows it holds: slots 0 to this. */
  int size() {
    return (int) Math.min(end, capacity);
  }

  /**
   * Takes rows in.
   *
   * @param firstRow number of the first of them in the store; what a window this long would not
   *     hold any more may be left out before it
   */
  void append(long firstRow, TransitionRows.Columns columns) {
    int from = Math.max(0, columns.rows - capacity);
    while (from < columns.rows) {
      int slot = (int) ((firstRow + from) % capacity);
      int count = Math.min(columns.rows - from, capacity - slot);
      rows.write(slot, columns, from, count);
      from += count;
    }
    end = firstRow + columns.rows;
  }

  /** Number in the store of the row in a slot. */
  long rowNumber(int slot) {
    long newest = end - 1;
    return newest - Math.floorMod(newest - slot, (long) capacity);
  }

  void read(int slot, BatchWriter batch, int at) {
    rows.read(slot, batch, at);
  }

  /** Whether a policy that Millrace published chose the action of a slot's row. */
  boolean published(int slot) {
    return rows.published(slot);
  }
}
