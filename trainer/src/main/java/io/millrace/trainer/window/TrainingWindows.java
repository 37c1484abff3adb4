package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Column;
import io.millrace.store.ReplayStore;
import io.millrace.store.Window;
import io.millrace.store.WindowRange.RowRange;
import io.millrace.trainer.algorithm.Batch;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/**
 * What updates draw from: the newest rows of the store, and a sample of all of them. Both, and
 * every batch, follow from the seed, the number of rows and the number of the update.
 *
 * <p>Not thread-safe.
 */
public final class TrainingWindows implements AutoCloseable {
  private static final long PURPOSE = 2;
  private static final int CHUNK_BYTES = 32 << 20;
  private static final Set<Column> COLUMNS = columns();

  private final FreshWindow fresh;
  private final HistorySample history;
  private final long seed;
  private final double freshFraction;
  private final float onlineFactor;
  private final Window chunk;
  private BatchWriter writer;
  private long rows;

  /**
   * Empty windows.
   *
   * @param freshRows how many of the newest rows are kept
   * @param historyRows how many of all rows are kept
   * @param freshFraction 0 to 1: part of a batch that is drawn from the newest rows
   * @param onlineFactor of the conservative term, for fresh rows whose action a published policy
   *     chose
   */
  public TrainingWindows(
      StreamSpec spec,
      int freshRows,
      int historyRows,
      double freshFraction,
      double onlineFactor,
      long seed) {
    this.fresh = new FreshWindow(spec, freshRows);
    this.history = new HistorySample(spec, historyRows, seed);
    this.seed = seed;
    this.freshFraction = freshFraction;
    this.onlineFactor = (float) onlineFactor;
    int rowBytes = COLUMNS.stream().mapToInt(column -> column.bytes(spec)).sum();
    this.chunk = Window.allocate(spec, COLUMNS, Math.max(256, CHUNK_BYTES / rowBytes));
  }

  /** How many rows of the store have been taken in. */
  public long rows() {
    return rows;
  }

  /** Takes in the rows of the store from {@link #rows} up to this number. */
  public void take(ReplayStore store, long upToRow) throws IOException {
    while (rows < upToRow) {
      long end = Math.min(upToRow, rows + chunk.capacity());
      store.read(new RowRange(rows, end), chunk);
      var columns = new TransitionRows.Columns(chunk);
      fresh.append(rows, columns);
      history.append(rows, columns);
      rows = end;
    }
  }

  /**
   * Draws the rows of an update, uniformly and with replacement: the first {@code fresh-fraction}
   * of the batch from the newest rows, the others from the sample of all.
   *
   * @param update counted from 1
   * @param batch the same one each time, of this stream's sizes
   * @throws IllegalStateException if there are no rows yet
   */
  public void draw(long update, Batch batch) {
    if (rows == 0) {
      throw new IllegalStateException("no rows to draw from");
    }
    if (writer == null || writer.batch != batch) {
      writer = new BatchWriter(batch);
    }
    long key = CounterRandom.key(seed, PURPOSE, update);
    int freshRows = freshRows(batch.rows());
    for (int i = 0; i < freshRows; i++) {
      int slot = (int) CounterRandom.below(fresh.size(), key, i);
      fresh.read(slot, writer, i);
      writer.conservativeFactors.put(i, fresh.published(slot) ? onlineFactor : 1);
    }
    for (int i = freshRows; i < batch.rows(); i++) {
      history.read((int) CounterRandom.below(history.size(), key, i), writer, i);
    }
  }

  /**
   * Number in the store of each row that {@link #draw} gives now for an update.
   *
   * @param batchRows rows of the batch
   */
  public long[] rowNumbers(long update, int batchRows) {
    long key = CounterRandom.key(seed, PURPOSE, update);
    int freshRows = freshRows(batchRows);
    var numbers = new long[batchRows];
    for (int i = 0; i < batchRows; i++) {
      numbers[i] =
          i < freshRows
              ? fresh.rowNumber((int) CounterRandom.below(fresh.size(), key, i))
              : history.rowNumber((int) CounterRandom.below(history.size(), key, i));
    }
    return numbers;
  }

  /** How many of the rows of a batch, the first ones, come from the newest rows. */
  public int freshRows(int batchRows) {
    return (int) Math.round(batchRows * freshFraction);
  }

  private static Set<Column> columns() {
    Set<Column> columns = EnumSet.copyOf(Column.TRANSITION);
    columns.add(Column.POLICY_REVISION);
    return columns;
  }

  @Override
  public void close() {
    chunk.close();
  }
}
