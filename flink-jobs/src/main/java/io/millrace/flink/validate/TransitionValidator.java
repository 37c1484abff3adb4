package io.millrace.flink.validate;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.RejectionReason;
import io.millrace.schemas.v1.Transition;
import io.millrace.store.Row;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Decides whether a record's value is a row of its stream. The first reason found is the one given,
 * in the order of {@link RejectionReason}.
 */
final class TransitionValidator {
  private static final String A_TRANSITION = Transition.getDescriptor().getFullName();
  private static final String FINITE = "a finite number";

  private final TransitionDecoder decoder = new TransitionDecoder();
  private final TransitionRules rules;
  private final int observationSize;
  private final int actionSize;
  private final float[] lowest;
  private final float[] highest;
  private final long earliestMicros;
  private final InstantSource clock;
  private final StreamSpec spec;
  private long latestMicros = Long.MIN_VALUE;

  TransitionValidator(StreamSpec spec, TransitionRules rules, InstantSource clock) {
    this.spec = spec;
    this.rules = rules;
    this.clock = clock;
    observationSize = spec.observationSize();
    actionSize = spec.actionSize();
    lowest = new float[actionSize];
    highest = new float[actionSize];
    // The index of a discrete action is one or is none.
    double tolerance = spec.isDiscrete() ? 0 : rules.actionTolerance();
    for (int i = 0; i < actionSize; i++) {
      double slack = tolerance * ((double) spec.actionHigh(i) - (double) spec.actionLow(i));
      lowest[i] = (float) (spec.actionLow(i) - slack);
      highest[i] = (float) (spec.actionHigh(i) + slack);
    }
    earliestMicros = rules.earliestEventTimeMicros();
  }

  /**
   * Reads a value into the row, if it is one.
   *
   * @param value of the record; null if it has none
   * @param row of the stream's sizes; holds anything after a rejection, but for its partition and
   *     offset
   */
  Optional<Rejection> validate(byte[] value, Row row) {
    if (value == null || value.length == 0) {
      return Optional.of(
          Rejection.ofRecord(
              RejectionReason.REJECTION_REASON_EMPTY,
              value == null ? "no value" : "a value of 0 bytes",
              "a " + A_TRANSITION));
    }
    if (value.length > rules.maxRecordBytes()) {
      return Optional.of(
          Rejection.ofRecord(
              RejectionReason.REJECTION_REASON_TOO_LARGE,
              "a value of " + value.length + " bytes",
              "at most " + rules.maxRecordBytes()));
    }
    try {
      decoder.decode(value, row);
    } catch (MalformedTransitionException e) {
      return Optional.of(
          Rejection.ofRecord(
              RejectionReason.REJECTION_REASON_UNDECODABLE,
              value.length + " bytes of which " + e.getMessage(),
              "a " + A_TRANSITION));
    }
    if (isSound(row)) {
      return Optional.empty();
    }
    return firstFault(row);
  }

  /** Everything at once, for the rows that are fine, which nearly all are. */
  private boolean isSound(Row row) {
    if (decoder.policyIdBytes() > Row.MAX_POLICY_ID_BYTES
        || decoder.observationLength() != observationSize
        || decoder.actionLength() != actionSize
        || decoder.nextObservationLength() != observationSize
        || decoder.sawNonFinite()) {
      return false;
    }
    for (int i = 0; i < actionSize; i++) {
      if (!isAction(i, row.action[i])) {
        return false;
      }
    }
    return row.eventTimeMicros >= earliestMicros && row.eventTimeMicros <= latestMicros;
  }

  /** Whether a finite number is one of an action's. */
  private boolean isAction(int dimension, float number) {
    return number >= lowest[dimension]
        && number <= highest[dimension]
        && (!spec.isDiscrete() || number == (int) number);
  }

  private Optional<Rejection> firstFault(Row row) {
    return policyIdTooLong()
        .or(() -> wrongLength("observation", decoder.observationLength(), observationSize))
        .or(() -> wrongLength("action", decoder.actionLength(), actionSize))
        .or(() -> wrongLength("next_observation", decoder.nextObservationLength(), observationSize))
        .or(() -> notFinite("observation", row.observation))
        .or(() -> notFinite("action", row.action))
        .or(() -> notFinite("next_observation", row.nextObservation))
        .or(() -> notFinite("reward", row.reward))
        .or(() -> logProbabilityNotFinite(row))
        .or(() -> actionOutOfBounds(row))
        .or(() -> eventTime(row.eventTimeMicros));
  }

  private Optional<Rejection> policyIdTooLong() {
    if (decoder.policyIdBytes() <= Row.MAX_POLICY_ID_BYTES) {
      return Optional.empty();
    }
    return Optional.of(
        new Rejection(
            RejectionReason.REJECTION_REASON_TOO_LARGE,
            "policy_id",
            decoder.policyIdBytes() + " bytes",
            "at most " + Row.MAX_POLICY_ID_BYTES));
  }

  private static Optional<Rejection> wrongLength(String field, int length, int expected) {
    if (length == expected) {
      return Optional.empty();
    }
    return Optional.of(
        new Rejection(
            RejectionReason.REJECTION_REASON_WRONG_DIMENSION,
            field,
            length + (length == 1 ? " number" : " numbers"),
            String.valueOf(expected)));
  }

  private static Optional<Rejection> notFinite(String field, float[] numbers) {
    for (int i = 0; i < numbers.length; i++) {
      if (!Float.isFinite(numbers[i])) {
        return notFinite(field + "[" + i + "]", numbers[i]);
      }
    }
    return Optional.empty();
  }

  private static Optional<Rejection> notFinite(String field, float number) {
    if (Float.isFinite(number)) {
      return Optional.empty();
    }
    return Optional.of(
        new Rejection(
            RejectionReason.REJECTION_REASON_NOT_FINITE, field, String.valueOf(number), FINITE));
  }

  private Optional<Rejection> logProbabilityNotFinite(Row row) {
    return decoder.hasLogProbability()
        ? notFinite("behaviour_log_probability", row.behaviourLogProbability)
        : Optional.empty();
  }

  private Optional<Rejection> actionOutOfBounds(Row row) {
    for (int i = 0; i < actionSize; i++) {
      if (!isAction(i, row.action[i])) {
        return Optional.of(
            new Rejection(
                RejectionReason.REJECTION_REASON_ACTION_OUT_OF_BOUNDS,
                "action[" + i + "]",
                String.valueOf(row.action[i]),
                spec.isDiscrete()
                    ? "the index of one of " + spec.discreteActions() + " actions, from 0"
                    : spec.actionLow(i) + " to " + spec.actionHigh(i)));
      }
    }
    return Optional.empty();
  }

  private Optional<Rejection> eventTime(long micros) {
    if (micros < earliestMicros) {
      return Optional.of(eventTime(micros, "not before " + time(earliestMicros)));
    }
    if (micros > latestMicros) {
      // The clock is asked only when a record claims to be newer than the last answer allows.
      latestMicros =
          ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant().plus(rules.eventTimeAhead()));
      if (micros > latestMicros) {
        return Optional.of(eventTime(micros, "not after " + time(latestMicros)));
      }
    }
    return Optional.empty();
  }

  private static Rejection eventTime(long micros, String expected) {
    return new Rejection(
        RejectionReason.REJECTION_REASON_EVENT_TIME, "event_time_micros", time(micros), expected);
  }

  private static String time(long micros) {
    return micros + " (" + Instant.EPOCH.plus(micros, ChronoUnit.MICROS) + ")";
  }
}
