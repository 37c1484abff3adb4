package io.millrace.trainer;

import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.window.TrainingWindows;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Draws the batch of the next update on a thread of its own, while an update is run with the one
 * before. What is drawn is the same: a batch follows from the windows and the number of its update,
 * and one that was drawn before rows were taken in is thrown away.
 */
final class NextBatch implements AutoCloseable {
  private static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

  private final TrainingWindows windows;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            var drawer = new Thread(task, "millrace-batches");
            drawer.setDaemon(true);
            return drawer;
          });
  private Batch current;
  private Batch other;
  private long[] currentRows = {};
  private long[] otherRows = {};
  private CompletableFuture<Void> drawing = NOTHING;
  private long drawn;

  NextBatch(TrainingWindows windows, int rows, NetworkSpec networks) {
    this.windows = windows;
    current = new Batch(rows, networks);
    other = new Batch(rows, networks);
  }

  /** The batch of an update; it stays as it is until the next call. */
  Batch take(long update) {
    await();
    if (drawn == update) {
      var taken = other;
      other = current;
      current = taken;
      currentRows = otherRows;
    } else {
      windows.draw(update, current);
      currentRows = windows.rowNumbers();
    }
    drawn = 0;
    return current;
  }

  /** Numbers in the store of the rows of the batch that was taken last. */
  long[] rowNumbers() {
    return currentRows;
  }

  /** Begins with the batch of an update, if it depends on nothing that is still to come. */
  void begin(long update) {
    if (windows.isStateless()) {
      drawn = update;
      drawing =
          CompletableFuture.runAsync(
              () -> {
                windows.draw(update, other);
                otherRows = windows.rowNumbers();
              },
              thread);
    }
  }

  /** Waits for the batch that was begun and throws it away; to be called before rows come in. */
  void discard() {
    await();
    drawn = 0;
  }

  private void await() {
    var begun = drawing;
    drawing = NOTHING;
    begun.join();
  }

  @Override
  public void close() {
    await();
    thread.shutdown();
  }
}
