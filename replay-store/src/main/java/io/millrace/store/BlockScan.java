package io.millrace.store;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Reads many blocks on several threads, the caller's among them. Thread-safe. */
final class BlockScan implements AutoCloseable {
  private final ReaderDatabase database;
  private final BlockFormat format;
  private final int threads;
  private final ExecutorService workers;
  private final Queue<BlockView> idle = new ConcurrentLinkedQueue<>();

  /** Work on the items [from, to). */
  @FunctionalInterface
  interface Work {
    /** Called from several threads at once, each with a cursor of its own. */
    void run(int from, int to, BlockCursor cursor) throws IOException;
  }

  BlockScan(ReaderDatabase database, BlockFormat format, int threads) {
    this.database = database;
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
   * @param cached whether the blocks read are to stay in the block cache
   * @throws IOException the first that the work threw; the rest of it is then left out
   */
  void run(int length, int grain, boolean cached, Work work) throws IOException {
    var share = new Share(length, grain, cached, work);
    int helpers = Math.min(threads - 1, (length - 1) / grain);
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
    private final boolean cached;
    private final Work work;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Object lock = new Object();
    private int helping;
    private boolean over;

    Share(int length, int grain, boolean cached, Work work) {
      this.length = length;
      this.grain = grain;
      this.cached = cached;
      this.work = work;
    }

    /** Helps, unless all is done by the time that a worker comes to it. */
    void help() {
      synchronized (lock) {
        if (over) {
          return;
        }
        helping++;
      }
      try {
        drain();
      } finally {
        synchronized (lock) {
          helping--;
          lock.notifyAll();
        }
      }
    }

    void drain() {
      var view = idle.poll();
      if (view == null) {
        view = new BlockView(format);
      }
      try (var cursor = database.cursor(view, cached)) {
        for (int from = take(); from < length && failure.get() == null; from = take()) {
          work.run(from, Math.min(length, from + grain), cursor);
        }
      } catch (IOException | RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      } finally {
        idle.add(view);
      }
    }

    /** The helpers write into the caller's memory, so not even an interrupt ends the wait. */
    void await() {
      boolean interrupted = false;
      synchronized (lock) {
        over = true;
        while (helping > 0) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            interrupted = true;
          }
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

    private int take() {
      // Stays below the limit of int however many threads ask once all is taken.
      return next.get() >= length ? length : next.getAndAdd(grain);
    }
  }
}
