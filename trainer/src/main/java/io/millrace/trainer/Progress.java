package io.millrace.trainer;

import io.millrace.trainer.TrainerStatus.Phase;
import java.util.HexFormat;
import java.util.Map;

/** Keeps the status of a trainer. Written by its threads, read by any. */
final class Progress {
  private static final long FIRST_RATE_NANOS = 200_000_000L;
  private static final long RATE_NANOS = 2_000_000_000L;

  private TrainerStatus status =
      new TrainerStatus(Phase.STARTING, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", Map.of());
  private boolean started;
  private long rateSinceNanos;
  private long rateSinceUpdate;

  synchronized TrainerStatus status() {
    return status;
  }

  /** Training stands here. */
  synchronized TrainerStatus reached(
      Phase phase, TrainingRun run, long samples, long storeRows, Map<String, Double> metrics) {
    status =
        new TrainerStatus(
            phase,
            run.updates(),
            rate(run.updates()),
            run.position().getRows(),
            storeRows,
            run.position().getManifestSequence(),
            samples,
            status.revision(),
            status.publishFailures(),
            status.checkpointUpdate(),
            status.checkpointSha256(),
            metrics);
    return status;
  }

  synchronized TrainerStatus ended(Phase phase) {
    status =
        new TrainerStatus(
            phase,
            status.update(),
            0,
            status.rows(),
            status.storeRows(),
            status.manifestSequence(),
            status.samples(),
            status.revision(),
            status.publishFailures(),
            status.checkpointUpdate(),
            status.checkpointSha256(),
            status.metrics());
    return status;
  }

  synchronized void published(long revision) {
    kept(revision, status.publishFailures(), status.checkpointUpdate(), status.checkpointSha256());
  }

  synchronized void publishFailed() {
    kept(
        status.revision(),
        status.publishFailures() + 1,
        status.checkpointUpdate(),
        status.checkpointSha256());
  }

  synchronized void checkpointed(long update, byte[] sha256) {
    kept(status.revision(), status.publishFailures(), update, HexFormat.of().formatHex(sha256));
  }

  private void kept(long revision, long failures, long checkpointUpdate, String checkpointSha256) {
    status =
        new TrainerStatus(
            status.phase(),
            status.update(),
            status.updatesPerSecond(),
            status.rows(),
            status.storeRows(),
            status.manifestSequence(),
            status.samples(),
            revision,
            failures,
            checkpointUpdate,
            checkpointSha256,
            status.metrics());
  }

  private double rate(long update) {
    if (!started) {
      started = true;
      rateSinceNanos = System.nanoTime();
      rateSinceUpdate = update;
    }
    long nanos = System.nanoTime() - rateSinceNanos;
    boolean first = status.updatesPerSecond() == 0;
    if (nanos < (first ? FIRST_RATE_NANOS : RATE_NANOS)) {
      return status.updatesPerSecond();
    }
    double rate = (update - rateSinceUpdate) * 1e9 / nanos;
    rateSinceNanos += nanos;
    rateSinceUpdate = update;
    return rate;
  }
}
