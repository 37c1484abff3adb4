package io.millrace.trainer;

import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.TrainerStatus.Phase;
import io.millrace.trainer.publish.PolicyTakenOverException;
import io.millrace.trainer.publish.PublishException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Follows a replay store, runs updates on its rows and publishes policies, until it is stopped.
 *
 * <p>Thread-safe: {@link #run} blocks its caller, the other methods may be called by any thread
 * meanwhile.
 */
public final class Trainer implements AutoCloseable {
  private final TrainerConfig config;
  private final TrainerListener listener;
  private final LearnerFactory learners;
  private final WorkDirectory work;
  private final ReplayStore store;
  private final Signals signals = new Signals();
  private final Progress progress = new Progress();
  private Optional<Thread> thread = Optional.empty();
  private boolean closed;

  private Trainer(
      TrainerConfig config,
      TrainerListener listener,
      LearnerFactory learners,
      WorkDirectory work,
      ReplayStore store) {
    this.config = config;
    this.listener = listener;
    this.learners = learners;
    this.work = work;
    this.store = store;
  }

  /**
   * Takes the work directory, and finds the checkpoint to go on from.
   *
   * @throws TrainerException if another trainer has the directory, or what is in it is of another
   *     stream or network
   * @throws IOException if directory or store cannot be read
   */
  public static Trainer open(TrainerConfig config, TrainerListener listener) throws IOException {
    return open(config, listener, new LibtorchLearners());
  }

  static Trainer open(TrainerConfig config, TrainerListener listener, LearnerFactory learners)
      throws IOException {
    var work = WorkDirectory.open(config);
    try {
      return new Trainer(
          config,
          listener,
          learners,
          work,
          ReplayStore.open(new StoreLayout(config.store()), config.reader()));
    } catch (IOException | RuntimeException e) {
      work.close();
      throw e;
    }
  }

  /**
   * Trains until {@link #stop}, {@code max-updates} or a failure. On the first two, a checkpoint is
   * written and, if so configured, the last policy published.
   *
   * @throws TrainerException if training cannot go on: a loss is not finite, Kafka did not answer
   *     at the start, another trainer took over the policy id, the disk is full. The last good
   *     checkpoint stays
   * @throws IllegalStateException if it has run before
   */
  public void run() throws InterruptedException {
    var training = new FutureTask<Void>(this::train);
    // A thread of its own: libtorch's settings are those of a thread, and an interruption of the
    // caller must not cut a file short.
    var trainer = new Thread(training, "millrace-trainer");
    synchronized (this) {
      if (thread.isPresent() || closed) {
        throw new IllegalStateException("a trainer runs once");
      }
      thread = Optional.of(trainer);
    }
    trainer.start();
    try {
      training.get();
    } catch (InterruptedException e) {
      signals.stop();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TrainerException known) {
        throw known;
      }
      throw new TrainerException("training failed: " + e.getCause().getMessage(), e.getCause());
    }
  }

  /** Ends {@link #run} after the update in progress. */
  public void stop() {
    signals.stop();
  }

  /** Publishes the policy after the update in progress, whatever the interval. */
  public void publishNow() {
    signals.publish();
  }

  /** How training stands. */
  public TrainerStatus status() {
    return progress.status();
  }

  /** Stops if need be, and gives everything back. */
  @Override
  public void close() throws IOException {
    signals.stop();
    Optional<Thread> running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = thread;
    }
    running.ifPresent(Trainer::join);
    store.close();
    work.close();
  }

  private Void train() throws IOException, InterruptedException {
    boolean stopped = false;
    try (var loop = new TrainingLoop(config, work, store, learners, signals, progress, listener)) {
      loop.run();
      stopped = true;
      return null;
    } catch (PublishException | PolicyTakenOverException e) {
      throw new TrainerException(e.getMessage(), e);
    } finally {
      listener.progressed(progress.ended(stopped ? Phase.STOPPED : Phase.FAILED));
    }
  }

  private static void join(Thread running) {
    boolean interrupted = false;
    while (running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
