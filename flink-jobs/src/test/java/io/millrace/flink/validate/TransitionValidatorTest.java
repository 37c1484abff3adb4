package io.millrace.flink.validate;

import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_ACTION_OUT_OF_BOUNDS;
import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_EMPTY;
import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_EVENT_TIME;
import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_NOT_FINITE;
import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_TOO_LARGE;
import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_UNDECODABLE;
import static io.millrace.schemas.v1.RejectionReason.REJECTION_REASON_WRONG_DIMENSION;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.Transitions;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.RejectionReason;
import io.millrace.schemas.v1.Transition;
import io.millrace.store.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TransitionValidatorTest {
  private static final StreamSpec SPEC =
      new StreamSpec("arm", 3, new float[] {-2, 0}, new float[] {2, 1});
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final TransitionRules RULES =
      new TransitionRules(
          1_000_000, 1e-3, micros(Instant.parse("2000-01-01T00:00:00Z")), Duration.ofHours(1));

  private final AtomicReference<Instant> clock = new AtomicReference<>(NOW);
  private final TransitionValidator validator = new TransitionValidator(SPEC, RULES, clock::get);
  private final Row row = new Row(SPEC);

  @Test
  void takesARowThatFits() {
    var transition = transition().build();
    assertThat(validator.validate(transition.toByteArray(), row)).isEmpty();
    assertThat(row.action).containsExactly(-1.5f, 0.5f);
  }

  @Test
  void refusesARecordWithoutAValue() {
    assertRefused(
        (byte[]) null, REJECTION_REASON_EMPTY, "", "no value", "a millrace.v1.Transition");
    assertRefused(
        new byte[0], REJECTION_REASON_EMPTY, "", "a value of 0 bytes", "a millrace.v1.Transition");
  }

  @Test
  void refusesAValueAboveTheLimitWithoutLookingIntoIt() {
    assertRefused(
        new byte[1_000_001],
        REJECTION_REASON_TOO_LARGE,
        "",
        "a value of 1000001 bytes",
        "at most 1000000");
  }

  @Test
  void refusesAPolicyIdThatTheStoreHasNoRoomFor() {
    assertThat(
            validator.validate(
                transition().setPolicyId("p".repeat(1024)).build().toByteArray(), row))
        .isEmpty();
    assertRefused(
        transition().setPolicyId("p".repeat(1025)),
        REJECTION_REASON_TOO_LARGE,
        "policy_id",
        "1025 bytes",
        "at most 1024");
  }

  @Test
  void refusesBytesThatAreNoTransition() {
    assertRefused(
        new byte[] {0x0a, 0x7f},
        REJECTION_REASON_UNDECODABLE,
        "",
        "2 bytes of which at byte 1 a field is longer than the 0 bytes that are left",
        "a millrace.v1.Transition");
    assertRefused(
        new byte[] {0x0a, 0x01, (byte) 0xff},
        REJECTION_REASON_UNDECODABLE,
        "",
        "3 bytes of which at byte 2 policy_id is not UTF-8",
        "a millrace.v1.Transition");
  }

  @Test
  void refusesEachFieldOfTheWrongLength() {
    assertRefused(
        transition().addObservation(1),
        REJECTION_REASON_WRONG_DIMENSION,
        "observation",
        "4 numbers",
        "3");
    assertRefused(
        transition().clearAction().addAction(1),
        REJECTION_REASON_WRONG_DIMENSION,
        "action",
        "1 number",
        "2");
    assertRefused(
        transition().clearNextObservation(),
        REJECTION_REASON_WRONG_DIMENSION,
        "next_observation",
        "0 numbers",
        "3");
  }

  @Test
  void refusesEachNumberThatIsNotFinite() {
    assertNotFinite(transition().setObservation(2, Float.NaN), "observation[2]", "NaN");
    assertNotFinite(transition().setAction(1, Float.POSITIVE_INFINITY), "action[1]", "Infinity");
    assertNotFinite(
        transition().setNextObservation(0, Float.NEGATIVE_INFINITY),
        "next_observation[0]",
        "-Infinity");
    assertNotFinite(transition().setReward(Float.NaN), "reward", "NaN");
    assertNotFinite(
        transition().setBehaviourLogProbability(Float.NEGATIVE_INFINITY),
        "behaviour_log_probability",
        "-Infinity");
    assertNotFinite(
        transition().setBehaviourLogProbability(Float.NaN), "behaviour_log_probability", "NaN");
  }

  @Test
  void refusesAnActionThatIsNoneOfTheDiscreteOnes() {
    var spec = StreamSpec.discrete("cart", 3, 3);
    var generous = new TransitionRules(1_000_000, 0.1, 0, Duration.ofHours(1));
    var discrete = new TransitionValidator(spec, generous, clock::get);
    var discreteRow = new Row(spec);
    for (float action : new float[] {0, -0f, 1, 2}) {
      var bytes = transition().clearAction().addAction(action).build().toByteArray();
      assertThat(discrete.validate(bytes, discreteRow)).isEmpty();
    }
    for (float action : new float[] {-1, 3, 0.5f, 2.0001f, -1e-6f, 1e30f}) {
      var bytes = transition().clearAction().addAction(action).build().toByteArray();
      assertThat(discrete.validate(bytes, discreteRow))
          .hasValue(
              new Rejection(
                  REJECTION_REASON_ACTION_OUT_OF_BOUNDS,
                  "action[0]",
                  String.valueOf(action),
                  "the index of one of 3 actions, from 0"));
    }
    assertThat(discrete.validate(transition().build().toByteArray(), discreteRow))
        .hasValueSatisfying(
            refused -> assertThat(refused.reason()).isEqualTo(REJECTION_REASON_WRONG_DIMENSION));
  }

  @Test
  void takesTheLargestFiniteNumbers() {
    var transition =
        transition()
            .setObservation(0, Float.MAX_VALUE)
            .setNextObservation(0, -Float.MAX_VALUE)
            .setReward(Float.MIN_VALUE);
    assertThat(validator.validate(transition.build().toByteArray(), row)).isEmpty();
  }

  @Test
  void takesANumberThatReplacesOneThatWasNotFinite() {
    var bytes =
        Transition.newBuilder()
            .setReward(Float.NaN)
            .build()
            .toByteString()
            .concat(transition().setReward(3).build().toByteString())
            .toByteArray();
    assertThat(validator.validate(bytes, row)).isEmpty();
    assertThat(row.reward).isEqualTo(3);
  }

  @Test
  void refusesAnActionOutsideOfItsBoundsByMoreThanTheTolerance() {
    // a thousandth of the distance of the bounds: 0.004 and 0.001
    assertThat(validator.validate(withAction(2.0039f, 1.0009f), row)).isEmpty();
    assertThat(validator.validate(withAction(-2.0039f, -0.0009f), row)).isEmpty();
    assertRefused(
        withAction(2.0041f, 0.5f),
        REJECTION_REASON_ACTION_OUT_OF_BOUNDS,
        "action[0]",
        "2.0041",
        "-2.0 to 2.0");
    assertRefused(
        withAction(0, -0.0011f),
        REJECTION_REASON_ACTION_OUT_OF_BOUNDS,
        "action[1]",
        "-0.0011",
        "0.0 to 1.0");
  }

  @Test
  void refusesAnEventTimeBeforeTheEarliest() {
    long earliest = RULES.earliestEventTimeMicros();
    assertThat(validator.validate(withEventTime(earliest), row)).isEmpty();
    assertRefused(
        withEventTime(earliest - 1),
        REJECTION_REASON_EVENT_TIME,
        "event_time_micros",
        "946684799999999 (1999-12-31T23:59:59.999999Z)",
        "not before 946684800000000 (2000-01-01T00:00:00Z)");
    assertRefused(
        withEventTime(0),
        REJECTION_REASON_EVENT_TIME,
        "event_time_micros",
        "0 (1970-01-01T00:00:00Z)",
        "not before 946684800000000 (2000-01-01T00:00:00Z)");
  }

  @Test
  void refusesAnEventTimeTooFarAheadOfTheClockAsItIsThen() {
    long latest = micros(NOW.plus(RULES.eventTimeAhead()));
    assertThat(validator.validate(withEventTime(latest), row)).isEmpty();
    assertRefused(
        withEventTime(latest + 1),
        REJECTION_REASON_EVENT_TIME,
        "event_time_micros",
        "1780318800000001 (2026-06-01T13:00:00.000001Z)",
        "not after 1780318800000000 (2026-06-01T13:00:00Z)");
    clock.set(NOW.plusSeconds(1));
    assertThat(validator.validate(withEventTime(latest + 1), row)).isEmpty();
  }

  @Test
  void describesEventTimesAtTheEdgesOfTheirType() {
    for (long micros : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(validator.validate(withEventTime(micros), row))
          .hasValueSatisfying(
              rejection -> assertThat(rejection.reason()).isEqualTo(REJECTION_REASON_EVENT_TIME));
    }
  }

  @Test
  void neverThrowsOnRandomBytesAndNeverTakesThem() {
    long seed = 7;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 300_000; i++) {
      var bytes = new byte[random.nextInt(1, 200)];
      random.nextBytes(bytes);
      if (i % 3 == 0) {
        bytes[0] = (byte) (((1 + random.nextInt(15)) << 3) | random.nextInt(6)); // a plausible tag
      }
      assertThat(validator.validate(bytes, row)).as("seed %d, record %d", seed, i).isPresent();
    }
  }

  private void assertNotFinite(Transition.Builder transition, String field, String actual) {
    assertRefused(transition, REJECTION_REASON_NOT_FINITE, field, actual, "a finite number");
  }

  private void assertRefused(
      Transition.Builder transition,
      RejectionReason reason,
      String field,
      String actual,
      String expected) {
    assertRefused(transition.build().toByteArray(), reason, field, actual, expected);
  }

  private void assertRefused(
      byte[] value, RejectionReason reason, String field, String actual, String expected) {
    assertThat(validator.validate(value, row))
        .contains(new Rejection(reason, field, actual, expected));
  }

  private static Transition.Builder transition() {
    return Transitions.of(SPEC, 12).setAction(0, -1.5f).setAction(1, 0.5f);
  }

  private static byte[] withAction(float first, float second) {
    return transition().setAction(0, first).setAction(1, second).build().toByteArray();
  }

  private static byte[] withEventTime(long micros) {
    return transition().setEventTimeMicros(micros).build().toByteArray();
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }
}
