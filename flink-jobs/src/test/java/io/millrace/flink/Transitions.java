package io.millrace.flink;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.Transition;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Logged transitions for tests, each made from its number alone. */
public final class Transitions {
  /** 2026-01-01T00:00:00Z. */
  public static final long FIRST_MICROS = 1_767_225_600_000_000L;

  private Transitions() {}

  /** A stream with actions in [-1, 1]. */
  public static StreamSpec spec(String stream, int observationSize, int actionSize) {
    var low = new float[actionSize];
    var high = new float[actionSize];
    Arrays.fill(low, -1);
    Arrays.fill(high, 1);
    return new StreamSpec(stream, observationSize, low, high);
  }

  /** A row that fits the stream. */
  public static Transition.Builder of(StreamSpec spec, long number) {
    var random = new SplittableRandom(number);
    var transition =
        Transition.newBuilder()
            .setPolicyId("policy-" + number % 3)
            .setPolicyRevision(number % 7)
            .setEpisodeId(number / 200)
            .setStep((int) (number % 200))
            .setEventTimeMicros(FIRST_MICROS + number * 1000)
            .setReward((float) random.nextDouble(-10, 10))
            .setTerminated(number % 200 == 199)
            .setTruncated(number % 400 == 399);
    for (int i = 0; i < spec.observationSize(); i++) {
      transition.addObservation((float) random.nextDouble(-5, 5));
      transition.addNextObservation((float) random.nextDouble(-5, 5));
    }
    for (int i = 0; i < spec.actionSize(); i++) {
      transition.addAction((float) random.nextDouble(spec.actionLow(i), spec.actionHigh(i)));
    }
    if (number % 2 == 0) {
      transition.setBehaviourLogProbability((float) random.nextDouble(-8, 2));
    }
    return transition;
  }
}
