package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;

/**
 * Between actions in the units of the environment and the [-1, 1] that updates work in: a = centre
 * + scale · squashed, for each dimension. The index of a discrete action stays as it is.
 */
public final class ActionScale {
  private final float[] centre;
  private final float[] scale;
  private final boolean discrete;

  public ActionScale(StreamSpec spec) {
    centre = new float[spec.actionSize()];
    scale = new float[spec.actionSize()];
    discrete = spec.isDiscrete();
    for (int i = 0; i < centre.length; i++) {
      double low = spec.actionLow(i);
      double high = spec.actionHigh(i);
      centre[i] = (float) ((low + high) / 2);
      scale[i] = (float) ((high - low) / 2);
    }
  }

  /** Middle between the bounds of each dimension; a copy. */
  public float[] centre() {
    return centre.clone();
  }

  /** Half of the distance between the bounds of each dimension; a copy. */
  public float[] scale() {
    return scale.clone();
  }

  /** Of one dimension; a value that rounding puts outside of [-1, 1] is moved to its end. */
  float toUnit(int dimension, float action) {
    if (discrete) {
      return action;
    }
    float unit = (action - centre[dimension]) / scale[dimension];
    return Math.max(-1, Math.min(1, unit));
  }
}
