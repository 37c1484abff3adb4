package io.millrace.trainer.algorithm;

import java.util.List;

/**
 * Sizes of a learner's networks: fully connected, with ReLU between the layers.
 *
 * @param observationSize numbers in an observation
 * @param actionSize numbers in an action; 1 where actions are discrete
 * @param hiddenSizes units of each hidden layer, of the policy as of each critic; at least one
 *     layer
 * @param critics how many critics estimate a value, 2 for the usual twin
 * @param criticNorm whether the critics have a LayerNorm before each ReLU
 * @param discreteActions how many discrete actions there are, of each of which a critic has the
 *     value; 0 where actions are numbers
 */
public record NetworkSpec(
    int observationSize,
    int actionSize,
    List<Integer> hiddenSizes,
    int critics,
    boolean criticNorm,
    int discreteActions) {
  private static final int MAX_SIZE = 65_536;
  private static final int MAX_HIDDEN_LAYERS = 16;
  private static final int MAX_CRITICS = 32;

  /**
   * Sizes of a learner's networks.
   *
   * @throws IllegalArgumentException naming the size that is out of range
   */
  public NetworkSpec {
    Limits.between("observationSize", observationSize, 1, MAX_SIZE);
    Limits.between("actionSize", actionSize, 1, MAX_SIZE);
    Limits.between("critics", critics, 1, MAX_CRITICS);
    Limits.between("discreteActions", discreteActions, 0, MAX_SIZE);
    if (discreteActions > 0 && actionSize != 1) {
      throw new IllegalArgumentException(
          "actionSize: expected 1 where actions are discrete, got " + actionSize);
    }
    hiddenSizes = List.copyOf(hiddenSizes);
    Limits.between("hiddenSizes: number of layers", hiddenSizes.size(), 1, MAX_HIDDEN_LAYERS);
    hiddenSizes.forEach(size -> Limits.between("hiddenSizes", size, 1, MAX_SIZE));
  }

  /** Networks with twin critics. */
  public NetworkSpec(int observationSize, int actionSize, List<Integer> hiddenSizes) {
    this(observationSize, actionSize, hiddenSizes, 2);
  }

  /** Networks without LayerNorm. */
  public NetworkSpec(int observationSize, int actionSize, List<Integer> hiddenSizes, int critics) {
    this(observationSize, actionSize, hiddenSizes, critics, false);
  }

  /** Networks for actions that are numbers. */
  public NetworkSpec(
      int observationSize,
      int actionSize,
      List<Integer> hiddenSizes,
      int critics,
      boolean criticNorm) {
    this(observationSize, actionSize, hiddenSizes, critics, criticNorm, 0);
  }

  /** Networks for discrete actions. */
  public static NetworkSpec discrete(
      int observationSize,
      int discreteActions,
      List<Integer> hiddenSizes,
      int critics,
      boolean criticNorm) {
    return new NetworkSpec(observationSize, 1, hiddenSizes, critics, criticNorm, discreteActions);
  }

  /** Observation and action in, value out; where actions are discrete all their values out. */
  MlpLayout criticLayout() {
    if (discreteActions > 0) {
      return MlpLayout.of(observationSize, hiddenSizes, discreteActions, criticNorm);
    }
    return MlpLayout.of(observationSize + actionSize, hiddenSizes, 1, criticNorm);
  }

  /** Observation in, value out. */
  MlpLayout valueLayout() {
    return MlpLayout.of(observationSize, hiddenSizes, 1, criticNorm);
  }

  /** Observation in, mean and log standard deviation of the Gaussian before the squashing out. */
  MlpLayout policyLayout() {
    return MlpLayout.of(observationSize, hiddenSizes, 2 * actionSize, false);
  }

  /** Observation in, the action before the squashing out. */
  MlpLayout deterministicPolicyLayout() {
    return MlpLayout.of(observationSize, hiddenSizes, actionSize, false);
  }
}
