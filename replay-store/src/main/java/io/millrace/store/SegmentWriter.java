package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.io.IOException;

/**
 * Writes rows into segments, one open segment a Kafka partition. One of them per sink subtask; not
 * thread-safe.
 */
@SuppressWarnings("DoNotCallSuggester") // the bodies follow
public final class SegmentWriter implements AutoCloseable {
  private SegmentWriter() {}

  /** Starts a writer; files are opened by the first row of each partition. */
  public static SegmentWriter open(StoreLayout layout, StreamSpec spec, WriterId id)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Appends a row; it is copied.
   *
   * @throws IllegalArgumentException if the row does not fit the stream's specification, or its
   *     offset is not above the partition's last one
   * @throws IOException if the disk refuses
   */
  public void append(Row row) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Notes a refused record: the source has been read past it, and no row comes of it. */
  public void skip(int partition, long offset) {
    throw new UnsupportedOperationException();
  }

  /**
   * Finishes the open segments, on disk and synchronised, and returns what to commit. The next row
   * opens new ones.
   */
  public PendingBatch finish() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Gives up what is not finished: its files are deleted. */
  @Override
  public void close() {}
}
