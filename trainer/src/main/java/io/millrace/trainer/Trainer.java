package io.millrace.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;

/**
 * Follows a replay store, runs updates on its rows and publishes policies, until it is stopped.
 *
 * <p>Thread-safe: {@link #run} blocks its caller, the other methods may be called by any thread
 * meanwhile.
 */
public final class Trainer implements AutoCloseable {
  private final TrainerConfig config;
  private volatile TrainerStatus status =
      new TrainerStatus(TrainerStatus.Phase.STARTING, 0, 0, 0, 0, 0, 0, 0, 0, Map.of());

  private Trainer(TrainerConfig config) {
    this.config = config;
  }

  /**
   * Takes the work directory, and finds the checkpoint to go on from.
   *
   * @throws TrainerException if another trainer has the directory, or what is in it is of another
   *     stream or network
   * @throws IOException if directory or store cannot be read
   */
  public static Trainer open(TrainerConfig config, TrainerListener listener) throws IOException {
    Files.createDirectories(config.directory());
    return new Trainer(config);
  }

  /**
   * Trains until {@link #stop}, {@code max-updates} or a failure. On the first two, a checkpoint is
   * written and, if so configured, the last policy published.
   *
   * @throws TrainerException if training cannot go on: a loss is not finite, another trainer took
   *     over the policy id, the disk is full. The last good checkpoint stays
   */
  public void run() throws InterruptedException {
    if (status.phase() == TrainerStatus.Phase.STARTING) {
      throw new TrainerException("trainer in " + config.directory() + ": the loop lands next");
    }
  }

  /** Ends {@link #run} after the update in progress. */
  public void stop() {}

  /** Publishes the policy after the update in progress, whatever the interval. */
  public void publishNow() {}

  /** How training stands. */
  public TrainerStatus status() {
    return status;
  }

  /** Stops if need be, and gives everything back. */
  @Override
  public void close() {}
}
