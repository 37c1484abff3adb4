package io.millrace.trainer;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * How training stands at one moment.
 *
 * @param update gradient updates behind the parameters, over all restarts
 * @param updatesPerSecond over the last few seconds, waiting included
 * @param rows of the store that training has taken in
 * @param storeRows that the store had when it was last asked; its lead over {@code rows} is the lag
 * @param manifestSequence of the last manifest taken in, 0 for none
 * @param samples rows drawn for all updates
 * @param revision last one published, 0 for none
 * @param publishFailures snapshots that could not be published since the start
 * @param checkpointUpdate of the newest checkpoint, 0 for none
 * @param checkpointSha256 of the learner's state in it, in hexadecimal, empty for none: equal for
 *     two runs if and only if they are at the same point, bit for bit
 * @param metrics by name (see docs/concepts/trainer.md), as last read; empty before the first
 *     reading
 */
public record TrainerStatus(
    Phase phase,
    long update,
    double updatesPerSecond,
    long rows,
    long storeRows,
    long manifestSequence,
    long samples,
    long revision,
    long publishFailures,
    long checkpointUpdate,
    String checkpointSha256,
    Map<String, Double> metrics) {

  /** What the trainer is at. */
  public enum Phase {
    /** Reads checkpoint, journal and store. */
    STARTING,
    /** The store has too few rows to begin, or training is ahead of {@code samples-per-row}. */
    WAITING_FOR_ROWS,
    TRAINING,
    /** Writes the last checkpoint and publishes the last policy. */
    STOPPING,
    STOPPED,
    FAILED
  }

  public TrainerStatus {
    metrics = Map.copyOf(metrics);
  }

  /** Rows that are in the store and not in training yet. */
  public long lag() {
    return Math.max(0, storeRows - rows);
  }

  /** One of the metrics, empty before the first reading. */
  public OptionalDouble metric(String name) {
    var value = metrics.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
