package io.millrace.store;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Does work on many blocks on several threads, the caller's among them. Thread-safe. */
final class BlockScan implements AutoCloseable {
  private final BlockFormat format;
  private final int threads;
  private final ExecutorService workers;
  private final Queue<BlockView> idle = new ConcurrentLinkedQueue<>();

  /** Work on the items [from, to). */
  @FunctionalInterface
  interface Work {
    /** Called from several threads at once, each with a view of its own. */
    void run(int from, int to, BlockView view) throws IOException;
  }

  BlockScan(BlockFormat format, int threads) {
    this.format = format;
    this.threads = threads;
    workers =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1),
            task -> {
              var thread = new Thread(task, "millrace-window");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Runs work on the items [0, length), {@code grain} at a time, and returns when no thread works
   * on it any more.
   *
   * @throws IOException the first that the work threw; the rest of it is then left out
   */
  void run(int length, int grain, Work work) throws IOException {
    int helpers = Math.min(threads - 1, (length - 1) / grain);
    var share = new Share(length, grain, work, Math.max(0, helpers));
    for (int i = 0; i < helpers; i++) {
      workers.execute(share::help);
    }
    share.drain();
    share.await();
    share.rethrow();
  }

  @Override
  public void close() {
    workers.shutdown();
    for (var view = idle.poll(); view != null; view = idle.poll()) {
      view.close();
    }
  }

  /** One piece of work that several threads take items of. */
  private final class Share {
    private final int length;
    private final int grain;
    private final Work work;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch helping;

    Share(int length, int grain, Work work, int helpers) {
      this.length = length;
      this.grain = grain;
      this.work = work;
      helping = new CountDownLatch(helpers);
    }

    void help() {
      try {
        drain();
      } finally {
        helping.countDown();
      }
    }

    void drain() {
      var view = idle.poll();
      if (view == null) {
        view = new BlockView(format);
      }
      try {
        for (int from = take(); from < length && failure.get() == null; from = take()) {
          work.run(from, Math.min(length, from + grain), view);
        }
      } catch (IOException | RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      } finally {
        idle.add(view);
      }
    }

    private int take() {
      // Stays below the limit of int however many threads ask once all is taken.
      return next.get() >= length ? length : next.getAndAdd(grain);
    }

    /** The helpers write into the caller's memory, so not even an interrupt ends the wait. */
    void await() {
      boolean interrupted = false;
      while (true) {
        try {
          helping.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void rethrow() throws IOException {
      var thrown = failure.get();
      if (thrown instanceof IOException e) {
        throw e;
      } else if (thrown instanceof RuntimeException e) {
        throw e;
      } else if (thrown instanceof Error e) {
        throw e;
      }
    }
  }
}
