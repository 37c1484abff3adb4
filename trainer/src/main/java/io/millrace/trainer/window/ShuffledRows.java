package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.ReplayStore;
import io.millrace.store.WindowRange.RowRange;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * A store that is larger than memory, block after block in random order: a buffer of cells, 256
 * rows of the store each, of which every update replaces the oldest by others drawn uniformly from
 * all that the store has. While the store fits, the buffer holds all of it and nothing is read.
 *
 * <p>Cells are numbered by rows, and not by how the store has them on disk, so a store that was
 * compacted gives the same batches. A cell is chosen {@link #AHEAD} updates before it is put in,
 * and read meanwhile by a thread of its own.
 */
final class ShuffledRows implements WindowRows, AutoCloseable {
  static final int CELL_ROWS = 256;

  /** So many updates a cell is chosen before it is put in; bounds what is read and not in use. */
  static final int AHEAD = 8;

  private static final long PURPOSE = 3;
  private static final String CELLS = "history_cells";
  private static final String NEXT = "history_next_cell";
  private static final String PENDING = "history_pending_cells";
  // Cell numbers are stored as two numbers of a float's precision.
  private static final int LOW_BITS = 20;

  private final long seed;
  private final long[] cells;
  private final int cellsPerUpdate;
  private final TransitionRows rows;
  private final CellReader reader;
  private final Deque<long[]> pending = new ArrayDeque<>();
  private int filled;
  private int next;
  private long storeRows;
  private long refreshed;

  /**
   * An empty buffer.
   *
   * @param capacity rows of the buffer, at least a cell
   * @param rowsPerUpdate how many rows an update draws from it: as many are replaced, in cells
   */
  ShuffledRows(StreamSpec spec, int capacity, int rowsPerUpdate, long seed) {
    this.seed = seed;
    this.cells = new long[Math.max(1, capacity / CELL_ROWS)];
    this.cellsPerUpdate =
        Math.min(cells.length, Math.max(1, (rowsPerUpdate + CELL_ROWS - 1) / CELL_ROWS));
    this.rows = new TransitionRows(spec);
    this.reader = new CellReader(spec, AHEAD, cellsPerUpdate);
  }

  /** Whether it takes no more rows as they come. */
  boolean isFull() {
    return filled == cells.length * CELL_ROWS;
  }

  @Override
  public int size() {
    return filled;
  }

  @Override
  public void append(long firstRow, TransitionRows.Columns columns) {
    int count = Math.min(columns.rows, cells.length * CELL_ROWS - filled);
    if (count > 0) {
      rows.write(filled, columns, 0, count);
      filled += count;
      for (int cell = 0; cell < cells.length && cell * CELL_ROWS < filled; cell++) {
        cells[cell] = cell;
      }
    }
    storeRows = firstRow + columns.rows;
  }

  /**
   * Puts in the cells of an update and chooses those of a later one.
   *
   * @throws UncheckedIOException if the store cannot be read
   */
  void refresh(long update, ReplayStore store) {
    if (!isFull() || storeRows <= filled || update <= refreshed) {
      return;
    }
    refreshed = update;
    if (pending.size() == AHEAD) {
      for (long cell : pending.remove()) {
        cells[next] = cell;
        next = (next + 1) % cells.length;
      }
      reader.take(this::put);
    }
    long key = CounterRandom.key(seed, PURPOSE, update);
    var chosen = new long[cellsPerUpdate];
    for (int i = 0; i < cellsPerUpdate; i++) {
      chosen[i] = CounterRandom.below(storeRows / CELL_ROWS, key, i);
    }
    pending.add(chosen);
    reader.read(store, ranges(chosen));
  }

  private void put(TransitionRows.Columns columns) {
    int first = Math.floorMod(next - cellsPerUpdate, cells.length);
    for (int i = 0; i < cellsPerUpdate; i++) {
      int cell = (first + i) % cells.length;
      rows.write(cell * CELL_ROWS, columns, i * CELL_ROWS, CELL_ROWS);
    }
  }

  private static List<RowRange> ranges(long[] cells) {
    var ranges = new ArrayList<RowRange>();
    for (long cell : cells) {
      ranges.add(new RowRange(cell * CELL_ROWS, (cell + 1) * CELL_ROWS));
    }
    return ranges;
  }

  @Override
  public long rowNumber(int slot) {
    return cells[slot / CELL_ROWS] * CELL_ROWS + slot % CELL_ROWS;
  }

  @Override
  public int slot(long rowNumber) {
    return -1;
  }

  @Override
  public TransitionRows rows() {
    return rows;
  }

  /** Which cells there are and which come next; empty while the store fits. */
  List<NamedTensor> exportState() {
    if (pending.isEmpty()) {
      return List.of();
    }
    var flat = pending.stream().flatMapToLong(Arrays::stream).toArray();
    return List.of(
        new NamedTensor(CELLS, floats(cells)),
        new NamedTensor(NEXT, new float[] {next}),
        new NamedTensor(PENDING, floats(flat)));
  }

  /** Goes on from such a state, with the rows that were there then. */
  void importState(Map<String, float[]> state, ReplayStore store) throws IOException {
    if (!state.containsKey(CELLS)) {
      return;
    }
    var all = longs(state.get(CELLS));
    var flat = longs(state.get(PENDING));
    boolean sameSizes =
        all.length == cells.length
            && flat.length % cellsPerUpdate == 0
            && flat.length <= AHEAD * cellsPerUpdate;
    // After a change of trainer.history-rows or trainer.batch-size the buffer begins anew.
    if (!sameSizes || !isFull()) {
      return;
    }
    System.arraycopy(all, 0, cells, 0, all.length);
    next = (int) state.get(NEXT)[0];
    for (int cell = 0; cell < cells.length; cell++) {
      int slot = cell * CELL_ROWS;
      reader.readNow(
          store,
          ranges(new long[] {cells[cell]}),
          columns -> rows.write(slot, columns, 0, CELL_ROWS));
    }
    for (int i = 0; i < flat.length; i += cellsPerUpdate) {
      var chosen = Arrays.copyOfRange(flat, i, i + cellsPerUpdate);
      pending.add(chosen);
      reader.read(store, ranges(chosen));
    }
  }

  private static float[] floats(long[] numbers) {
    var floats = new float[2 * numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      floats[2 * i] = numbers[i] >>> LOW_BITS;
      floats[2 * i + 1] = numbers[i] & ((1 << LOW_BITS) - 1);
    }
    return floats;
  }

  private static long[] longs(float[] floats) {
    var numbers = new long[floats.length / 2];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = ((long) floats[2 * i] << LOW_BITS) + (long) floats[2 * i + 1];
    }
    return numbers;
  }

  @Override
  public void close() {
    reader.close();
  }
}
