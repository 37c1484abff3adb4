package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.WindowRange.RowRange;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * A reader of a store: a RocksDB of its own that follows the manifests, and windows of it.
 * Thread-safe; several windows can be read at once, also while it follows.
 */
@SuppressWarnings("DoNotCallSuggester") // the bodies follow
public final class ReplayStore implements AutoCloseable {
  private ReplayStore() {}

  /** Opens a reader with {@link ReaderConfig#DEFAULT}. */
  public static ReplayStore open(StoreLayout layout, String reader) throws IOException {
    return open(layout, reader, ReaderConfig.DEFAULT);
  }

  /**
   * Opens a reader where it was, or at position 0 if it is new.
   *
   * @param reader its name; one process at a time can have it open
   * @throws StoreConflictException if another process has it open
   */
  public static ReplayStore open(StoreLayout layout, String reader, ReaderConfig config)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Applies all that has been committed since, and returns it. */
  public List<StoreManifest> follow() throws IOException {
    return follow(Long.MAX_VALUE);
  }

  /** Applies what has been committed since, up to and including this sequence. */
  public List<StoreManifest> follow(long upToSequence) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The last manifest applied, and the rows up to it. */
  public StorePosition position() {
    throw new UnsupportedOperationException();
  }

  /**
   * What the rows look like.
   *
   * @throws IllegalStateException if nothing has been applied yet, so that it is not known
   */
  public StreamSpec spec() {
    throw new UnsupportedOperationException();
  }

  /** How many rows there are: those numbered from 0 to this. */
  public long rows() {
    throw new UnsupportedOperationException();
  }

  /** Loads rows, all columns, into a window of exactly their number. The caller closes it. */
  public Window window(WindowRange range) throws IOException {
    return window(range, Column.ALL);
  }

  /** Loads these columns of rows into a window of exactly their number. The caller closes it. */
  public Window window(WindowRange range, Set<Column> columns) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Loads rows into a window that is there already, in place of what it held.
   *
   * @throws IllegalArgumentException if it has no room for them
   */
  public void read(WindowRange range, Window into) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Loads several ranges of rows by number, in the order given; for sampling history by blocks.
   *
   * @throws IllegalArgumentException if the window has no room for them
   * @throws IndexOutOfBoundsException if a range ends after {@link #rows}
   */
  public void readRanges(List<RowRange> ranges, Window into) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Loads single rows by number, in the order given, the same row as often as it is asked for. A
   * block is decompressed once however many of its rows are asked for.
   *
   * @throws IllegalArgumentException if the window has no room for them
   * @throws IndexOutOfBoundsException if a row is not there
   */
  public void gather(long[] rowNumbers, Window into) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * The rows that lie in one block with this row: what costs no more to read than the row alone.
   *
   * @throws IndexOutOfBoundsException if the row is not there
   */
  public RowRange block(long rowNumber) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Waits for windows that are being read, and closes the database. */
  @Override
  public void close() {}
}
