package io.millrace.app.demo;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A part of the demo that runs on a thread of its own. */
final class Background {
  private final String name;
  private final CompletableFuture<Void> finished = new CompletableFuture<>();

  /** What the thread runs. */
  @FunctionalInterface
  interface Body {
    void run() throws Exception;
  }

  private Background(String name) {
    this.name = name;
  }

  static Background start(String name, Body body) {
    var background = new Background(name);
    var thread =
        new Thread(
            () -> {
              try {
                body.run();
                background.finished.complete(null);
              } catch (Exception | Error e) {
                background.finished.completeExceptionally(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return background;
  }

  /**
   * Looks whether it still works.
   *
   * @throws DemoException if it failed
   */
  void check() throws InterruptedException {
    if (finished.isCompletedExceptionally()) {
      await(Duration.ZERO);
    }
  }

  /**
   * Waits for its end.
   *
   * @throws DemoException if it failed or takes longer than this
   */
  void await(Duration limit) throws InterruptedException {
    try {
      finished.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new DemoException("the " + name + " did not end within " + limit.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new DemoException(
          "the " + name + " failed: " + e.getCause().getMessage(), e.getCause());
    }
  }
}
