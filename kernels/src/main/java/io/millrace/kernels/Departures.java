package io.millrace.kernels;

/** Which actions depart from a layer's units, by unit: those from which one does. */
final class Departures {
  /** Units. */
  int count;

  /** Where each unit's actions begin in the list; one more, where the last one's end. */
  final int[] from;

  final int[] indices;

  /** Where the units' rows begin in a matrix. */
  final int[] rows;

  /** The units' slopes where an action departs, less those where it does not. */
  final float[] slopes;

  /** The distance between the actions' rows. */
  final int rightStride;

  /** No departures. */
  Departures(int units, int actions, int rightStride) {
    this.rightStride = rightStride;
    from = new int[units + 1];
    indices = new int[units * actions];
    rows = new int[units];
    slopes = new float[units];
  }
}
