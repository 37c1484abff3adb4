package io.millrace.app.terminal;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM as a request that a command answers when everything is in order. A JVM ends as
 * soon as its shutdown hooks have run, so one hook waits for the command and then ends the process
 * with the command's exit code.
 */
public final class Interruption {
  private static final CountDownLatch REQUESTED = new CountDownLatch(1);
  private static final CompletableFuture<Integer> EXIT_CODE = new CompletableFuture<>();
  private static boolean ownProcess;
  private static boolean listening;

  private Interruption() {}

  /** The process is the command's own, so that {@link #finish} will be called before it ends. */
  public static synchronized void ownProcess() {
    ownProcess = true;
  }

  /**
   * From now on a signal is a request, and no longer the end of the process; nothing changes where
   * the command is a guest in another's process.
   */
  public static synchronized void listen() {
    if (ownProcess && !listening) {
      listening = true;
      Runtime.getRuntime().addShutdownHook(new Thread(Interruption::answer, "interruption"));
    }
  }

  /** Whether the user asked to stop. */
  public static boolean requested() {
    return REQUESTED.getCount() == 0;
  }

  /** Waits until the user asks to stop. */
  public static void await() throws InterruptedException {
    REQUESTED.await();
  }

  /**
   * Waits until the user asks to stop, or so long.
   *
   * @return whether the user asked
   */
  public static boolean await(Duration limit) throws InterruptedException {
    return REQUESTED.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The command has returned; the process may end. */
  public static void finish(int exitCode) {
    EXIT_CODE.complete(exitCode);
  }

  private static void answer() {
    REQUESTED.countDown();
    Runtime.getRuntime().halt(EXIT_CODE.join());
  }
}
