package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.ReplayStore;
import io.millrace.store.Window;
import io.millrace.store.WindowRange.RowRange;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reads ranges of the store on a thread of its own, some readings ahead of their use; its memory is
 * a window for each. One thread asks and takes, in the same order.
 */
final class CellReader implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            var reader = new Thread(task, "millrace-history-reader");
            reader.setDaemon(true);
            return reader;
          });
  private final Deque<Future<Window>> readings = new ArrayDeque<>();
  private final Deque<Window> free = new ArrayDeque<>();
  private final List<Window> windows = new ArrayList<>();

  /**
   * A reader.
   *
   * @param ahead how many readings may be under way or wait to be taken
   * @param cells ranges of a reading at most
   */
  CellReader(StreamSpec spec, int ahead, int cells) {
    for (int i = 0; i < ahead + 1; i++) {
      var window =
          Window.allocate(spec, TrainingWindows.COLUMNS, (long) cells * ShuffledRows.CELL_ROWS);
      windows.add(window);
      free.add(window);
    }
  }

  /** Starts a reading. */
  void read(ReplayStore store, List<RowRange> ranges) {
    var window = free.remove();
    readings.add(
        thread.submit(
            () -> {
              store.readRanges(ranges, window);
              return window;
            }));
  }

  /**
   * Waits for the oldest reading.
   *
   * @param user of its rows, which are gone when it returns
   * @throws UncheckedIOException if it failed
   */
  void take(Consumer<TransitionRows.Columns> user) {
    try {
      var window = readings.remove().get();
      user.accept(new TransitionRows.Columns(window));
      free.add(window);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("interrupted while reading"));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new UncheckedIOException(cause);
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Reads on the caller's thread. */
  void readNow(ReplayStore store, List<RowRange> ranges, Consumer<TransitionRows.Columns> user)
      throws IOException {
    var window = free.getLast();
    store.readRanges(ranges, window);
    user.accept(new TransitionRows.Columns(window));
  }

  /** Waits for the reading under way, and gives the memory back. */
  @Override
  public void close() {
    // Without an interruption, which would close files that others read too.
    readings.forEach(reading -> reading.cancel(false));
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("a reading of the store does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    windows.forEach(Window::close);
  }
}
