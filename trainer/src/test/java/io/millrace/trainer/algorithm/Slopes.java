package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

/** Gradients by finite differences, and how far another gradient is from them. */
final class Slopes {
  private Slopes() {}

  /** Central differences of a group's loss in each of its parameters. */
  static double[] of(ScriptUnderTest script, int group, long step) {
    double[] at = script.state(group);
    var slopes = new double[at.length];
    double h = 1e-6;
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + h;
      double above = script.state(group, moved).losses(step)[group];
      moved[i] = at[i] - h;
      double below = script.state(group, moved).losses(step)[group];
      slopes[i] = (above - below) / (2 * h);
    }
    script.state(group, at);
    return slopes;
  }

  /** Distance of two vectors, by the length of the second. */
  static double relativeError(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double distance = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      distance += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      length += expected[i] * expected[i];
    }
    assertThat(length).isPositive();
    return Math.sqrt(distance / length);
  }
}
