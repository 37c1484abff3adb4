package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** A column of a {@link Window}: what it holds of each row, and in how many bytes. */
public enum Column {
  /** float [observationSize]. */
  OBSERVATION(4),
  /** float [actionSize]. */
  ACTION(4),
  /** float. */
  REWARD(4),
  /** float [observationSize]. */
  NEXT_OBSERVATION(4),
  /** float: 1 if the environment ended the episode, else 0. */
  TERMINATED(4),
  /** float: 1 if the log ends here but the environment does not, else 0. */
  TRUNCATED(4),
  /** float: natural log density of the action under the policy that acted; NaN if not logged. */
  BEHAVIOUR_LOG_PROBABILITY(4),
  /** long: microseconds since 1970-01-01T00:00:00Z. */
  EVENT_TIME(8),
  /** long. */
  EPISODE_ID(8),
  /** int, unsigned. */
  STEP(4),
  /** long, unsigned. */
  POLICY_REVISION(8),
  /** byte: which entry of its block's dictionary; read it with {@link Window#policyId(long)}. */
  POLICY_ID(1),
  /** int: Kafka partition. */
  PARTITION(4),
  /** long: Kafka offset. */
  OFFSET(8);

  /** What an update step reads: state, action, reward, next state and whether value follows. */
  public static final Set<Column> TRANSITION =
      Collections.unmodifiableSet(
          EnumSet.of(OBSERVATION, ACTION, REWARD, NEXT_OBSERVATION, TERMINATED));

  /** All columns. */
  public static final Set<Column> ALL = Collections.unmodifiableSet(EnumSet.allOf(Column.class));

  private final int elementBytes;

  Column(int elementBytes) {
    this.elementBytes = elementBytes;
  }

  /** How many elements one row has in this column. */
  public int elements(StreamSpec spec) {
    return switch (this) {
      case OBSERVATION, NEXT_OBSERVATION -> spec.observationSize();
      case ACTION -> spec.actionSize();
      default -> 1;
    };
  }

  /** How many bytes one row has in this column. */
  public int bytes(StreamSpec spec) {
    return elementBytes * elements(spec);
  }
}
