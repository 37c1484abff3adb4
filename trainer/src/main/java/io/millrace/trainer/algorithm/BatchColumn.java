package io.millrace.trainer.algorithm;

/** A column of a {@link Batch}, one entry a row. */
public enum BatchColumn {
  /** Observation, {@code [rows, observationSize]}, in environment units. */
  OBSERVATION(0),
  /** Action, {@code [rows, actionSize]}, scaled to [-1, 1], or the index of a discrete one. */
  ACTION(0),
  /** Reward, {@code [rows]}. */
  REWARD(0),
  /** Observation after the action, {@code [rows, observationSize]}. */
  NEXT_OBSERVATION(0),
  /** 1 where the episode terminated, {@code [rows]}; 0 for a time-out, which is bootstrapped. */
  TERMINATED(0),
  /**
   * Factor of the conservative term, {@code [rows]}: 1 for historical rows, less for fresh rows of
   * the policy itself.
   */
  CONSERVATIVE_FACTOR(1),
  /** Factor of the row's TD error, {@code [rows]}: the weight of prioritised sampling, else 1. */
  IMPORTANCE(1),
  /**
   * Discounted sum of the logged rewards from the row to the end of its episode, {@code [rows]};
   * negative infinity where it is not known, which as a lower bound of a value is none.
   */
  RETURN_TO_GO(Float.NEGATIVE_INFINITY);

  private final float fill;

  BatchColumn(float fill) {
    this.fill = fill;
  }

  /** What the column holds until it is written. */
  float fill() {
    return fill;
  }

  /** Whether a row's entry is a vector, and not one number. */
  boolean isVector() {
    return switch (this) {
      case OBSERVATION, ACTION, NEXT_OBSERVATION -> true;
      case REWARD, TERMINATED, CONSERVATIVE_FACTOR, IMPORTANCE, RETURN_TO_GO -> false;
    };
  }

  /** Numbers in a row's entry. */
  int width(NetworkSpec networks) {
    return switch (this) {
      case OBSERVATION, NEXT_OBSERVATION -> networks.observationSize();
      case ACTION -> networks.actionSize();
      case REWARD, TERMINATED, CONSERVATIVE_FACTOR, IMPORTANCE, RETURN_TO_GO -> 1;
    };
  }
}
