package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.WindowRange.EventTimeRange;
import io.millrace.store.WindowRange.LastRows;
import io.millrace.store.WindowRange.ManifestRange;
import io.millrace.store.WindowRange.OffsetRange;
import io.millrace.store.WindowRange.RowRange;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A reader of a store: a RocksDB of its own that follows the manifests, and windows of it.
 * Thread-safe; several windows can be read at once, also while it follows.
 */
public final class ReplayStore implements AutoCloseable {
  /** Manifests applied in one step while catching up. */
  private static final int MANIFESTS_PER_STEP = 256;

  private final StoreLayout layout;
  private final ManifestLog log;
  private final ReaderDatabase database;
  private final ReaderConfig config;
  private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();
  private final Object following = new Object();
  private volatile View view = View.EMPTY;
  private boolean closed;

  /** What has been applied; replaced as a whole. The stream is null as long as that is nothing. */
  private record View(StoredSegments segments, Stream stream) {
    static final View EMPTY = new View(StoredSegments.EMPTY, null);
  }

  /** What follows from the stream's specification. */
  private record Stream(StreamSpec spec, BlockFormat format, BlockScan scan) {}

  private ReplayStore(
      StoreLayout layout, ManifestLog log, ReaderDatabase database, ReaderConfig config) {
    this.layout = layout;
    this.log = log;
    this.database = database;
    this.config = config;
  }

  /** Opens a reader with {@link ReaderConfig#DEFAULT}. */
  public static ReplayStore open(StoreLayout layout, String reader) throws IOException {
    return open(layout, reader, ReaderConfig.DEFAULT);
  }

  /**
   * Opens a reader where it was, or at position 0 if it is new.
   *
   * @param reader its name; one process at a time can have it open
   * @throws StoreConflictException if another process has it open, or it has followed another
   *     store's manifests
   * @throws StoreCorruptionException if a manifest is missing, or the reader's database is damaged
   */
  public static ReplayStore open(StoreLayout layout, String reader, ReaderConfig config)
      throws IOException {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new UnsupportedOperationException("the replay store needs a little-endian machine");
    }
    var log = ManifestLog.open(layout);
    var database = new ReaderDatabase(layout, reader, config.blockCacheBytes());
    var store = new ReplayStore(layout, log, database, config);
    try {
      store.resume(reader);
      return store;
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** Applies all that has been committed since, and returns it. */
  public List<StoreManifest> follow() throws IOException {
    return follow(Long.MAX_VALUE);
  }

  /**
   * Applies what has been committed since, up to and including this sequence, and returns it. After
   * a crash at any moment the next call goes on where it was.
   *
   * @throws StoreCorruptionException naming the file, if a manifest or segment is missing or is not
   *     whole; what came before it has been applied
   */
  public List<StoreManifest> follow(long upToSequence) throws IOException {
    var applied = new ArrayList<StoreManifest>();
    lifecycle.readLock().lock();
    try {
      checkOpen();
      synchronized (following) {
        while (true) {
          long sequence = view.segments().sequence();
          int limit = (int) Math.min(MANIFESTS_PER_STEP, Math.max(0, upToSequence - sequence));
          var next = log.read(sequence, limit);
          if (next.isEmpty()) {
            return applied;
          }
          var newView = extend(view, next);
          database.link(next);
          database.note(next);
          view = newView;
          applied.addAll(next);
        }
      }
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** The last manifest applied, and the rows up to it. */
  public StorePosition position() {
    var segments = view.segments();
    return StorePosition.newBuilder()
        .setManifestSequence(segments.sequence())
        .setRows(segments.rows())
        .build();
  }

  /**
   * What the rows look like.
   *
   * @throws IllegalStateException if nothing has been applied yet, so that it is not known
   */
  public StreamSpec spec() {
    return stream(view).spec();
  }

  /** How many rows there are: those numbered from 0 to this, exclusive. */
  public long rows() {
    return view.segments().rows();
  }

  /**
   * Loads rows, all columns, into a window of exactly their number. The caller closes it.
   *
   * @throws IllegalStateException if nothing has been applied yet
   * @throws IndexOutOfBoundsException if a {@link RowRange} ends after {@link #rows}
   * @throws IllegalArgumentException if the rows are too many for one window
   */
  public Window window(WindowRange range) throws IOException {
    return window(range, Column.ALL);
  }

  /** As {@link #window(WindowRange)}, with these columns. */
  public Window window(WindowRange range, Set<Column> columns) throws IOException {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      var current = view;
      var plan = plan(current, range);
      var window = Window.allocate(spec(), columns, plan.rows());
      try {
        load(current, plan, window);
        return window;
      } catch (IOException | RuntimeException | Error e) {
        window.close();
        throw e;
      }
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /**
   * Loads rows into a window that is there already, in place of what it held. If this fails, the
   * window is empty.
   *
   * @throws IllegalArgumentException if it has no room for them, or is of another specification
   * @throws IllegalStateException if nothing has been applied yet
   * @throws IndexOutOfBoundsException if a {@link RowRange} ends after {@link #rows}
   */
  public void read(WindowRange range, Window into) throws IOException {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      var current = view;
      load(current, plan(current, range), into);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /**
   * Loads several ranges of rows by number, in the order given; for sampling history by blocks. If
   * this fails, the window is empty.
   *
   * @throws IllegalArgumentException if the window has no room for them
   * @throws IllegalStateException if nothing has been applied yet
   * @throws IndexOutOfBoundsException if a range ends after {@link #rows}
   */
  public void readRanges(List<RowRange> ranges, Window into) throws IOException {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      var current = view;
      load(current, planner(current).ranges(ranges), into);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /**
   * Loads single rows by number, in the order given, the same row as often as it is asked for. A
   * block is decompressed once however many of its rows are asked for. If this fails, the window is
   * empty.
   *
   * @throws IllegalArgumentException if the window has no room for them
   * @throws IllegalStateException if nothing has been applied yet
   * @throws IndexOutOfBoundsException if a row is not there
   */
  public void gather(long[] rowNumbers, Window into) throws IOException {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      var current = view;
      load(current, planner(current).gather(rowNumbers), into);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /**
   * The rows that lie in one block with this row: what costs no more to read than the row alone.
   *
   * @throws IllegalStateException if nothing has been applied yet
   * @throws IndexOutOfBoundsException if the row is not there
   */
  public RowRange block(long rowNumber) throws IOException {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      return planner(view).block(rowNumber);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** Waits for windows that are being read, and closes the database. */
  @Override
  public void close() {
    lifecycle.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        if (view.stream() != null) {
          view.stream().scan().close();
        }
        database.close();
      }
    } finally {
      lifecycle.writeLock().unlock();
    }
  }

  private void resume(String reader) throws IOException {
    var manifests = database.manifests();
    if (manifests.isEmpty()) {
      return;
    }
    var last = manifests.get(manifests.size() - 1);
    var committed = log.read(last.getSequence() - 1, 1);
    if (committed.isEmpty() || !committed.get(0).equals(last)) {
      throw new StoreConflictException(
          layout.reader(reader)
              + ": has applied a manifest "
              + last.getSequence()
              + " that is not the store's. Delete the directory, and the reader starts afresh");
    }
    view = extend(view, manifests);
  }

  private View extend(View base, List<StoreManifest> manifests) throws IOException {
    var segments = base.segments();
    var stream = base.stream();
    for (var manifest : manifests) {
      if (manifest.getSequence() != segments.sequence() + 1) {
        throw new StoreCorruptionException(
            layout.manifest(manifest.getSequence())
                + ": does not follow manifest "
                + segments.sequence());
      }
      var spec = StreamSpec.of(manifest.getSpecification());
      if (stream == null) {
        var format = new BlockFormat(spec);
        stream = new Stream(spec, format, new BlockScan(database, format, config.threads()));
      } else if (!stream.spec().equals(spec)) {
        throw new StoreCorruptionException(
            layout.manifest(manifest.getSequence())
                + ": is of "
                + spec
                + ", and those before it of "
                + stream.spec());
      }
      segments = segments.with(manifest);
      if (segments.rows() != manifest.getTotalRows()) {
        throw new StoreCorruptionException(
            layout.manifest(manifest.getSequence())
                + ": "
                + manifest.getTotalRows()
                + " rows in all, and its segments and those before it have "
                + segments.rows());
      }
    }
    return new View(segments, stream);
  }

  private WindowPlan plan(View current, WindowRange range) throws IOException {
    var planner = planner(current);
    long rows = current.segments().rows();
    if (range instanceof LastRows last) {
      return planner.ranges(List.of(new RowRange(Math.max(0, rows - last.rows()), rows)));
    } else if (range instanceof RowRange numbers) {
      return planner.ranges(List.of(numbers));
    } else if (range instanceof ManifestRange manifests) {
      return planner.ranges(
          List.of(
              new RowRange(
                  current.segments().firstRowFrom(manifests.fromSequence()),
                  current.segments().firstRowFrom(manifests.toSequence()))));
    } else if (range instanceof OffsetRange offsets) {
      return planner.offsets(offsets);
    } else {
      return planner.eventTimes((EventTimeRange) range);
    }
  }

  private WindowPlanner planner(View current) {
    var stream = stream(current);
    return new WindowPlanner(current.segments(), stream.format(), stream.scan(), database);
  }

  private void load(View current, WindowPlan plan, Window window) throws IOException {
    var stream = stream(current);
    // A window that does not fit into the cache would only push out what does.
    boolean cached = stream.format().rowBytes() * plan.rows() <= config.blockCacheBytes() / 2;
    plan.load(stream.spec(), stream.scan(), planner(current), cached, window);
  }

  private Stream stream(View current) {
    if (current.stream() == null) {
      throw new IllegalStateException(
          layout.root() + ": this reader has applied no manifest yet, so it knows no rows");
    }
    return current.stream();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the replay store is closed");
    }
  }
}
