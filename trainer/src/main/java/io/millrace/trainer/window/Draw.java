package io.millrace.trainer.window;

import java.util.Arrays;

/** The rows chosen for an update: first fresh ones, then those of the history. */
final class Draw {
  final int[] slots;
  final float[] importance;
  private final long update;
  private final int fresh;

  Draw(long update, int rows, int fresh) {
    this.update = update;
    this.fresh = fresh;
    slots = new int[rows];
    importance = new float[rows];
    Arrays.fill(importance, 1);
  }

  long update() {
    return update;
  }

  int rows() {
    return slots.length;
  }

  /** How many of the rows, the first ones, are fresh. */
  int fresh() {
    return fresh;
  }
}
