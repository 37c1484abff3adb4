package io.millrace.trainer;

import io.millrace.schemas.v1.PolicySnapshotHeader;

/**
 * Is told what a trainer does. Called on the trainer's threads, so it should return soon; what it
 * throws stops the training.
 */
public interface TrainerListener {
  /** Hears everything and does nothing. */
  TrainerListener NONE = new TrainerListener() {};

  /**
   * Training went on from a checkpoint, or began.
   *
   * @param update 0 if it began
   */
  default void started(String runId, long update) {}

  /** Metrics were read, or the phase changed. */
  default void progressed(TrainerStatus status) {}

  /** A snapshot is on both topics. */
  default void published(PolicySnapshotHeader header) {}

  /** A snapshot could not be published; training goes on. */
  default void publishFailed(long update, Exception cause) {}

  /** A checkpoint is on disk. */
  default void checkpointed(long update) {}
}
