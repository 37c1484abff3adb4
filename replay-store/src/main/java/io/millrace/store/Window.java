package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Rows of a store as contiguous columns in native memory: direct buffers in native byte order, row
 * after row, ready to become tensors without a copy.
 *
 * <p>A window is memory for so many rows that can be filled again and again: {@link
 * ReplayStore#read}. Its buffers are views; they change with the next filling, and must not be
 * touched once the window is closed, since {@link #close} gives the memory back at once. Not
 * thread-safe.
 */
public final class Window implements AutoCloseable {
  private final StreamSpec spec;
  private final long capacity;
  private final Map<Column, ByteBuffer> memory = new EnumMap<>(Column.class);
  private PolicyIds policyIds = PolicyIds.NONE;
  private long rows;
  private boolean closed;

  private Window(StreamSpec spec, long capacity) {
    this.spec = spec;
    this.capacity = capacity;
  }

  /**
   * Takes memory for a window.
   *
   * @param columns which columns it holds
   * @param capacity for how many rows
   * @throws IllegalArgumentException if a column of so many rows takes more than 2 GiB, which is
   *     what one buffer can hold
   */
  public static Window allocate(StreamSpec spec, Set<Column> columns, long capacity) {
    if (capacity < 0) {
      throw new IllegalArgumentException("capacity: expected 0 or more rows, got " + capacity);
    }
    for (var column : columns) {
      if (capacity > Integer.MAX_VALUE / column.bytes(spec)) {
        throw new IllegalArgumentException(
            "a window of "
                + capacity
                + " rows: column "
                + column
                + " has "
                + column.bytes(spec)
                + " bytes a row and at most "
                + Integer.MAX_VALUE
                + " in all");
      }
    }
    var window = new Window(spec, capacity);
    try {
      for (var column : Set.copyOf(columns)) {
        window.memory.put(
            column,
            ByteBuffer.allocateDirect((int) (capacity * column.bytes(spec)))
                .order(ByteOrder.nativeOrder()));
      }
    } catch (OutOfMemoryError e) {
      window.close();
      throw e;
    }
    return window;
  }

  /** How many rows it holds now. */
  public long rows() {
    return rows;
  }

  /** How many rows it has memory for. */
  public long capacity() {
    return capacity;
  }

  public StreamSpec spec() {
    return spec;
  }

  /** Which columns it holds. */
  public Set<Column> columns() {
    return Collections.unmodifiableSet(memory.keySet());
  }

  /**
   * The bytes of a column: rows × {@link Column#bytes}, a direct buffer in native order.
   *
   * @throws IllegalStateException if the window does not hold the column, or is closed
   */
  public ByteBuffer bytes(Column column) {
    return memory(column)
        .slice(0, (int) (rows * column.bytes(spec)))
        .order(ByteOrder.nativeOrder());
  }

  /** [rows · observationSize]. */
  public FloatBuffer observations() {
    return bytes(Column.OBSERVATION).asFloatBuffer();
  }

  /** [rows · actionSize], in the units of the environment. */
  public FloatBuffer actions() {
    return bytes(Column.ACTION).asFloatBuffer();
  }

  /** [rows]. */
  public FloatBuffer rewards() {
    return bytes(Column.REWARD).asFloatBuffer();
  }

  /** [rows · observationSize]. */
  public FloatBuffer nextObservations() {
    return bytes(Column.NEXT_OBSERVATION).asFloatBuffer();
  }

  /** [rows]: 1 or 0. */
  public FloatBuffer terminated() {
    return bytes(Column.TERMINATED).asFloatBuffer();
  }

  /** [rows]: 1 or 0. */
  public FloatBuffer truncated() {
    return bytes(Column.TRUNCATED).asFloatBuffer();
  }

  /** [rows]: NaN where it was not logged. */
  public FloatBuffer behaviourLogProbabilities() {
    return bytes(Column.BEHAVIOUR_LOG_PROBABILITY).asFloatBuffer();
  }

  /** [rows]: microseconds since 1970-01-01T00:00:00Z. */
  public LongBuffer eventTimes() {
    return bytes(Column.EVENT_TIME).asLongBuffer();
  }

  /** [rows]. */
  public LongBuffer episodeIds() {
    return bytes(Column.EPISODE_ID).asLongBuffer();
  }

  /** [rows], unsigned. */
  public IntBuffer steps() {
    return bytes(Column.STEP).asIntBuffer();
  }

  /** [rows], unsigned. */
  public LongBuffer policyRevisions() {
    return bytes(Column.POLICY_REVISION).asLongBuffer();
  }

  /** [rows]: Kafka partitions. */
  public IntBuffer partitions() {
    return bytes(Column.PARTITION).asIntBuffer();
  }

  /** [rows]: Kafka offsets. */
  public LongBuffer offsets() {
    return bytes(Column.OFFSET).asLongBuffer();
  }

  /** The policy that chose the action of a row. */
  public String policyId(long row) {
    int code = Byte.toUnsignedInt(memory(Column.POLICY_ID).get(checkRow(row)));
    return policyIds.of(row, code);
  }

  /** Gives the memory back. Buffers taken from this window must not be used any more. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      rows = 0;
      memory.values().forEach(DirectMemory::free);
      memory.clear();
    }
  }

  ByteBuffer memory(Column column) {
    if (closed) {
      throw new IllegalStateException("the window is closed");
    }
    var buffer = memory.get(column);
    if (buffer == null) {
      throw new IllegalStateException("the window holds " + memory.keySet() + " and not " + column);
    }
    return buffer;
  }

  /**
   * Empties the window, to be filled with so many rows; returns its columns.
   *
   * @throws IllegalArgumentException if it has no room for them, or they are of another
   *     specification
   */
  Set<Column> begin(StreamSpec newSpec, long newRows) {
    if (closed) {
      throw new IllegalStateException("the window is closed");
    }
    rows = 0;
    policyIds = PolicyIds.NONE;
    if (!newSpec.equals(spec)) {
      throw new IllegalArgumentException(
          "the window is for " + spec + ", and the rows are of " + newSpec);
    }
    if (newRows > capacity) {
      throw new IllegalArgumentException(
          "the window has room for " + capacity + " rows, and not for " + newRows);
    }
    return columns();
  }

  /** Called once all columns are filled. */
  void filled(long newRows, PolicyIds newPolicyIds) {
    rows = newRows;
    policyIds = newPolicyIds;
  }

  private int checkRow(long row) {
    if (row < 0 || row >= rows) {
      throw new IndexOutOfBoundsException("row " + row + " of " + rows);
    }
    return (int) row;
  }
}
