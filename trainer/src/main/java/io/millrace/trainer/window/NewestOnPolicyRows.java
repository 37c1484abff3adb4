package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;

/**
 * The newest of the rows whose action a published policy chose. The n-th of them lies in slot n mod
 * capacity, so what is held follows from the rows, and not from how they were cut into manifests.
 */
final class NewestOnPolicyRows implements WindowRows {
  private static final int INITIAL_ROWS = 1 << 10;

  private final int capacity;
  private final TransitionRows rows;
  private long[] rowNumbers = new long[0];
  private long count;

  NewestOnPolicyRows(StreamSpec spec, int capacity) {
    this.capacity = capacity;
    this.rows = new TransitionRows(spec);
  }

  @Override
  public int size() {
    return (int) Math.min(count, capacity);
  }

  @Override
  public void append(long firstRow, TransitionRows.Columns columns) {
    for (int i = 0; i < columns.rows; i++) {
      if (columns.isOnPolicy(i)) {
        int slot = (int) (count % capacity);
        if (slot >= rowNumbers.length) {
          int doubled = (int) Math.min(capacity, Math.max(INITIAL_ROWS, 2L * rowNumbers.length));
          rowNumbers = Arrays.copyOf(rowNumbers, doubled);
        }
        rows.write(slot, columns, i, 1);
        rowNumbers[slot] = firstRow + i;
        count++;
      }
    }
  }

  @Override
  public long rowNumber(int slot) {
    return rowNumbers[slot];
  }

  @Override
  public int slot(long rowNumber) {
    // Row numbers rise from the oldest row on, and then around.
    int newer = count > capacity ? (int) (count % capacity) : 0;
    int slot = Arrays.binarySearch(rowNumbers, 0, newer, rowNumber);
    if (slot < 0) {
      slot = Arrays.binarySearch(rowNumbers, newer, size(), rowNumber);
    }
    return Math.max(slot, -1);
  }

  @Override
  public TransitionRows rows() {
    return rows;
  }
}
