package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;

/**
 * The whole store while it fits, then a uniform sample of it without replacement: Vitter's
 * reservoir (1985, algorithm R), in which row n takes the place of a random row with probability
 * capacity / (n + 1). The place follows from the seed and n, so the sample of a store of so many
 * rows is always the same.
 */
final class HistorySample {
  private static final long PURPOSE = 1;
  private static final int INITIAL_ROWS = 1 << 10;

  private final int capacity;
  private final long key;
  private final TransitionRows rows;
  private long[] rowNumbers = new long[INITIAL_ROWS];
  private int size;

  HistorySample(StreamSpec spec, int capacity, long seed) {
    this.capacity = capacity;
    this.key = CounterRandom.key(seed, PURPOSE, 0);
    this.rows = new TransitionRows(spec);
  }

  /** How many rows it holds: slots 0 to this. */
  int size() {
    return size;
  }

  /**
   * Takes rows in; every row of the store must come once, in order.
   *
   * @param firstRow number of the first of them in the store
   */
  void append(long firstRow, TransitionRows.Columns columns) {
    int filling = Math.min(columns.rows, capacity - size);
    if (filling > 0) {
      rows.write(size, columns, 0, filling);
      number(firstRow, filling);
      size += filling;
    }
    for (int i = filling; i < columns.rows; i++) {
      long row = firstRow + i;
      long slot = CounterRandom.below(row + 1, key, row);
      if (slot < capacity) {
        rows.write((int) slot, columns, i, 1);
        rowNumbers[(int) slot] = row;
      }
    }
  }

  private void number(long firstRow, int count) {
    if (size + count > rowNumbers.length) {
      int doubled = (int) Math.min(capacity, 2L * rowNumbers.length);
      rowNumbers = Arrays.copyOf(rowNumbers, Math.max(size + count, doubled));
    }
    for (int i = 0; i < count; i++) {
      rowNumbers[size + i] = firstRow + i;
    }
  }

  /** Number in the store of the row in a slot. */
  long rowNumber(int slot) {
    return rowNumbers[slot];
  }

  void read(int slot, BatchWriter batch, int at) {
    rows.read(slot, batch, at);
  }
}
