package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;

/**
 * The newest rows of the store. Row n lies in slot n mod capacity, so what is held follows from how
 * many rows came in, and not from how they were cut into manifests.
 */
final class NewestRows implements WindowRows {
  private final int capacity;
  private final TransitionRows rows;
  private long end;

  NewestRows(StreamSpec spec, int capacity) {
    this.capacity = capacity;
    this.rows = new TransitionRows(spec);
  }

  @Override
  public int size() {
    return (int) Math.min(end, capacity);
  }

  @Override
  public void append(long firstRow, TransitionRows.Columns columns) {
    int from = Math.max(0, columns.rows - capacity);
    while (from < columns.rows) {
      int slot = (int) ((firstRow + from) % capacity);
      int count = Math.min(columns.rows - from, capacity - slot);
      rows.write(slot, columns, from, count);
      from += count;
    }
    end = firstRow + columns.rows;
  }

  /** Number in the store of the newest row. */
  long newest() {
    return end - 1;
  }

  @Override
  public long rowNumber(int slot) {
    long newest = newest();
    return newest - Math.floorMod(newest - slot, (long) capacity);
  }

  @Override
  public int slot(long rowNumber) {
    return rowNumber >= end - size() && rowNumber < end ? (int) (rowNumber % capacity) : -1;
  }

  @Override
  public TransitionRows rows() {
    return rows;
  }
}
