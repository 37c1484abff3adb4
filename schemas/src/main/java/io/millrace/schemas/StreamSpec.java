package io.millrace.schemas;

import io.millrace.schemas.v1.StreamSpecification;
import java.util.Arrays;
import java.util.Objects;

/**
 * What the rows of a stream look like: the size of an observation, and the bounds of each action
 * dimension in the units of the environment or how many discrete actions there are.
 *
 * <p>A discrete action is one number in a row, its index from 0: {@link #actionSize} is 1, and the
 * bounds are the first and the last index.
 */
public final class StreamSpec {
  /** No observation or action is longer: it bounds what a reader allocates for a row. */
  public static final int MAX_SIZE = 65_536;

  private final String stream;
  private final int observationSize;
  private final float[] actionLow;
  private final float[] actionHigh;
  private final int discreteActions;

  /**
   * The specification of a stream whose actions are numbers within bounds.
   *
   * @throws IllegalArgumentException naming the argument, if a size is outside of [1, {@value
   *     #MAX_SIZE}], the bounds differ in length, or a bound is not finite or not below its upper
   *     one
   */
  public StreamSpec(String stream, int observationSize, float[] actionLow, float[] actionHigh) {
    if (!KafkaNames.isStreamName(Objects.requireNonNull(stream, "stream"))) {
      throw new IllegalArgumentException("stream: '" + stream + "' is not a name for topics");
    }
    if (observationSize < 1 || observationSize > MAX_SIZE) {
      throw new IllegalArgumentException(
          "observationSize: expected 1 to " + MAX_SIZE + ", got " + observationSize);
    }
    if (actionLow.length < 1 || actionLow.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "actionLow: expected 1 to " + MAX_SIZE + " numbers, got " + actionLow.length);
    }
    if (actionHigh.length != actionLow.length) {
      throw new IllegalArgumentException(
          "actionHigh: expected "
              + actionLow.length
              + " numbers as in actionLow, got "
              + actionHigh.length);
    }
    for (int i = 0; i < actionLow.length; i++) {
      if (!Float.isFinite(actionLow[i])
          || !Float.isFinite(actionHigh[i])
          || actionLow[i] >= actionHigh[i]) {
        throw new IllegalArgumentException(
            "action bounds ["
                + i
                + "]: expected finite low < high, got "
                + actionLow[i]
                + " and "
                + actionHigh[i]);
      }
    }
    this.stream = stream;
    this.observationSize = observationSize;
    this.actionLow = actionLow.clone();
    this.actionHigh = actionHigh.clone();
    discreteActions = 0;
  }

  private StreamSpec(StreamSpec indices, int discreteActions) {
    stream = indices.stream;
    observationSize = indices.observationSize;
    actionLow = indices.actionLow;
    actionHigh = indices.actionHigh;
    this.discreteActions = discreteActions;
  }

  /**
   * The specification of a stream whose actions are discrete.
   *
   * @param actions how many there are
   * @throws IllegalArgumentException naming the argument, if a size is outside of [1, {@value
   *     #MAX_SIZE}] or there are fewer than 2 actions
   */
  public static StreamSpec discrete(String stream, int observationSize, int actions) {
    if (actions < 2 || actions > MAX_SIZE) {
      throw new IllegalArgumentException(
          "actions: expected 2 to " + MAX_SIZE + " discrete ones, got " + actions);
    }
    var indices =
        new StreamSpec(stream, observationSize, new float[] {0}, new float[] {actions - 1});
    return new StreamSpec(indices, actions);
  }

  /**
   * From the wire form.
   *
   * @throws IllegalArgumentException if it is none, or has discrete actions and bounds
   */
  public static StreamSpec of(StreamSpecification message) {
    if (message.getDiscreteActions() != 0) {
      if (message.getActionLowCount() > 0 || message.getActionHighCount() > 0) {
        throw new IllegalArgumentException(
            "action bounds: expected none beside "
                + Integer.toUnsignedString(message.getDiscreteActions())
                + " discrete actions");
      }
      return discrete(
          message.getStream(), message.getObservationSize(), message.getDiscreteActions());
    }
    return new StreamSpec(
        message.getStream(),
        message.getObservationSize(),
        floats(message.getActionLowList()),
        floats(message.getActionHighList()));
  }

  public String stream() {
    return stream;
  }

  public int observationSize() {
    return observationSize;
  }

  /** Whether an action is the index of one of {@link #discreteActions}. */
  public boolean isDiscrete() {
    return discreteActions > 0;
  }

  /** How many discrete actions there are; 0 if actions are numbers within bounds. */
  public int discreteActions() {
    return discreteActions;
  }

  /** How many numbers an action is; 1 for a discrete one. */
  public int actionSize() {
    return actionLow.length;
  }

  /** Lower bound of each action dimension; a copy. */
  public float[] actionLow() {
    return actionLow.clone();
  }

  /** Upper bound of each action dimension; a copy. */
  public float[] actionHigh() {
    return actionHigh.clone();
  }

  public float actionLow(int dimension) {
    return actionLow[dimension];
  }

  public float actionHigh(int dimension) {
    return actionHigh[dimension];
  }

  /** To the wire form. */
  public StreamSpecification toMessage() {
    var message =
        StreamSpecification.newBuilder().setStream(stream).setObservationSize(observationSize);
    if (isDiscrete()) {
      return message.setDiscreteActions(discreteActions).build();
    }
    for (int i = 0; i < actionLow.length; i++) {
      message.addActionLow(actionLow[i]).addActionHigh(actionHigh[i]);
    }
    return message.build();
  }

  private static float[] floats(java.util.List<Float> list) {
    var floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i);
    }
    return floats;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamSpec that
        && stream.equals(that.stream)
        && observationSize == that.observationSize
        && discreteActions == that.discreteActions
        && Arrays.equals(actionLow, that.actionLow)
        && Arrays.equals(actionHigh, that.actionHigh);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        stream,
        observationSize,
        discreteActions,
        Arrays.hashCode(actionLow),
        Arrays.hashCode(actionHigh));
  }

  @Override
  public String toString() {
    return "stream "
        + stream
        + ": observation "
        + observationSize
        + (isDiscrete()
            ? ", " + discreteActions + " discrete actions"
            : ", action " + Arrays.toString(actionLow) + " to " + Arrays.toString(actionHigh));
  }
}
