package io.millrace.trainer;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What other threads want of the training thread. */
final class Signals {
  private boolean stop;
  private boolean publish;

  synchronized void stop() {
    stop = true;
    notifyAll();
  }

  synchronized boolean stopping() {
    return stop;
  }

  synchronized void publish() {
    publish = true;
    notifyAll();
  }

  /** True once for each time, or several, that {@link #publish} was called. */
  synchronized boolean takePublish() {
    boolean taken = publish;
    publish = false;
    return taken;
  }

  /** Waits this long, or until there is a signal. */
  synchronized void await(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    long left = atMost.toNanos();
    while (!stop && !publish && left > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = deadline - System.nanoTime();
    }
  }
}
