package io.millrace.flink.validate;

import io.millrace.flink.config.IngestConfig;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What a stream accepts beside what its specification says.
 *
 * @param maxRecordBytes of a value
 * @param actionTolerance how far outside of its bounds an action may be, as a fraction of their
 *     distance
 * @param earliestEventTimeMicros since 1970-01-01T00:00:00Z
 * @param eventTimeAhead how far an event may be ahead of the clock
 */
record TransitionRules(
    int maxRecordBytes,
    double actionTolerance,
    long earliestEventTimeMicros,
    Duration eventTimeAhead)
    implements Serializable {
  static TransitionRules of(IngestConfig config) {
    return new TransitionRules(
        config.maxRecordBytes(),
        config.actionTolerance(),
        ChronoUnit.MICROS.between(Instant.EPOCH, config.earliestEventTime()),
        config.eventTimeAhead());
  }
}
