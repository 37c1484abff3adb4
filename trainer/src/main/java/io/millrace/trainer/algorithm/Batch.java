package io.millrace.trainer.algorithm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;

/**
 * The rows of one update: a direct buffer for each column, row-major, which the caller fills before
 * an update and may fill anew after it. On the CPU the update reads them where they are.
 */
public final class Batch {
  private static final int ALIGNMENT_BYTES = 64;

  private final int rows;
  private final NetworkSpec networks;
  private final Map<BatchColumn, ByteBuffer> columns = new EnumMap<>(BatchColumn.class);

  /**
   * Columns for {@code rows} rows: all 0, but factors, which are 1, and returns-to-go, which are
   * negative infinity.
   *
   * @throws IllegalArgumentException if there is no row, or a column is too large for a buffer
   */
  public Batch(int rows, NetworkSpec networks) {
    Limits.between("rows", rows, 1, Integer.MAX_VALUE);
    this.rows = rows;
    this.networks = networks;
    for (BatchColumn column : BatchColumn.values()) {
      long sizeBytes = (long) rows * column.width(networks) * Float.BYTES;
      Limits.between(column + ": bytes", sizeBytes, 1, Integer.MAX_VALUE - 2 * ALIGNMENT_BYTES);
      columns.put(column, aligned((int) sizeBytes));
      FloatBuffer floats = column(column);
      while (column.fill() != 0 && floats.hasRemaining()) {
        floats.put(column.fill());
      }
    }
  }

  public int rows() {
    return rows;
  }

  public NetworkSpec networks() {
    return networks;
  }

  /** A view of a column, {@code rows × width} numbers, with its own position at 0. */
  public FloatBuffer column(BatchColumn column) {
    return columns.get(column).asFloatBuffer();
  }

  /**
   * Aligned at both ends, because the results of vectorised kernels may depend on it in the last
   * bit.
   */
  private static ByteBuffer aligned(int sizeBytes) {
    return ByteBuffer.allocateDirect(sizeBytes + 2 * ALIGNMENT_BYTES)
        .alignedSlice(ALIGNMENT_BYTES)
        .slice(0, sizeBytes)
        .order(ByteOrder.nativeOrder());
  }

  /** Takes over the rows of another batch of the same size. */
  void set(Batch from) {
    columns.forEach((column, bytes) -> bytes.duplicate().put(from.bytes(column)));
  }

  /** The bytes of a column, from position 0. */
  ByteBuffer bytes(BatchColumn column) {
    return columns.get(column).duplicate().order(ByteOrder.nativeOrder());
  }
}
