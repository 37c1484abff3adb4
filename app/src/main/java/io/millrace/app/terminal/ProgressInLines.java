package io.millrace.app.terminal;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/** A line every few seconds and one at the end, for logs and pipes. */
final class ProgressInLines implements Progress {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final PrintWriter err;
  private final String task;
  private final long total;
  private final String unit;
  private long done;
  private long nextNanos = System.nanoTime() + INTERVAL_NANOS;

  ProgressInLines(PrintWriter err, String task, long total, String unit) {
    this.err = err;
    this.task = task;
    this.total = total;
    this.unit = unit;
  }

  @Override
  public synchronized void step(long steps) {
    done += steps;
    if (System.nanoTime() - nextNanos >= 0) {
      nextNanos = System.nanoTime() + INTERVAL_NANOS;
      print();
    }
  }

  @Override
  public synchronized void close() {
    print();
  }

  private void print() {
    err.println(task + ": " + done + " of " + total + " " + unit);
    err.flush();
  }
}
