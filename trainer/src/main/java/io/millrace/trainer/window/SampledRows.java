package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;

/**
 * The whole store while it fits, then a uniform sample of it without replacement: Vitter's
 * reservoir (1985, algorithm R), in which row n takes the place of a random row with probability
 * capacity / (n + 1). The place follows from the seed and n, so the sample of a store of so many
 * rows is always the same.
 */
final class SampledRows implements WindowRows {
  private static final long PURPOSE = 1;
  private static final int INITIAL_ROWS = 1 << 10;

  private final int capacity;
  private final long key;
  private final TransitionRows rows;
  private final HistorySampler sampler;
  private long[] rowNumbers = new long[INITIAL_ROWS];
  private int size;

  /**
   * A sample of nothing.
   *
   * @param sampler is told of each slot that is written
   */
  SampledRows(StreamSpec spec, int capacity, long seed, HistorySampler sampler) {
    this.capacity = capacity;
    this.key = CounterRandom.key(seed, PURPOSE, 0);
    this.rows = new TransitionRows(spec);
    this.sampler = sampler;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void append(long firstRow, TransitionRows.Columns columns) {
    int filling = Math.min(columns.rows, capacity - size);
    if (filling > 0) {
      rows.write(size, columns, 0, filling);
      number(firstRow, filling);
      for (int i = 0; i < filling; i++) {
        sampler.written(size + i, columns.episodeIds.get(i));
      }
      size += filling;
    }
    for (int i = filling; i < columns.rows; i++) {
      long row = firstRow + i;
      long slot = place(row);
      if (slot < capacity) {
        rows.write((int) slot, columns, i, 1);
        rowNumbers[(int) slot] = row;
        sampler.written((int) slot, columns.episodeIds.get(i));
      }
    }
  }

  private long place(long row) {
    return row < capacity ? row : CounterRandom.below(row + 1, key, row);
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

  @Override
  public long rowNumber(int slot) {
    return rowNumbers[slot];
  }

  @Override
  public int slot(long rowNumber) {
    long slot = place(rowNumber);
    return slot < size && rowNumbers[(int) slot] == rowNumber ? (int) slot : -1;
  }

  @Override
  public TransitionRows rows() {
    return rows;
  }
}
