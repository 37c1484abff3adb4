package io.millrace.client;

import java.util.Arrays;

/** What one revision of a policy chose for several observations at once. */
public final class ActionBatch {
  private final float[] values;
  private final double[] logProbabilities;
  private final long revision;
  private final boolean discrete;

  ActionBatch(float[] values, double[] logProbabilities, long revision, boolean discrete) {
    this.values = values;
    this.logProbabilities = logProbabilities;
    this.revision = revision;
    this.discrete = discrete;
  }

  /** How many observations there were. */
  public int size() {
    return logProbabilities.length;
  }

  /**
   * [size, action size], row by row, in the units of the environment and within its bounds, or
   * indices of discrete ones.
   */
  public float[] values() {
    return values;
  }

  /** [size], each as in {@link Action#logProbability()}. */
  public double[] logProbabilities() {
    return logProbabilities;
  }

  /** Revision of the policy that chose all of them. */
  public long revision() {
    return revision;
  }

  /** The action for one observation; a copy. */
  public Action action(int row) {
    int actionSize = values.length / size();
    return new Action(
        Arrays.copyOfRange(values, row * actionSize, (row + 1) * actionSize),
        logProbabilities[row],
        revision,
        discrete);
  }
}
