package io.millrace.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * An order of a state's actions in which neighbours are alike: from the first one always to the
 * nearest that is left. Actions that are alike activate the same units, so that pairs of them have
 * few to list.
 */
final class ActionOrder {
  private final int actions;
  private final int size;
  private final int stride;
  private final int[] order;

  /** The actions transposed, {@code [size, stride]}. */
  private final float[] coordinates;

  /** Infinity for an action that has its place, else 0. */
  private final float[] placed;

  private final float[] distances;

  ActionOrder(int actions, int size) {
    this.actions = actions;
    this.size = size;
    stride = Panels.columns(actions);
    order = new int[actions];
    coordinates = new float[size * stride];
    placed = new float[stride];
    distances = new float[stride];
  }

  /** Finds the order of the actions {@code [actions, size]} that begin at {@code from}. */
  void find(float[] all, int from) {
    for (int action = 0; action < actions; action++) {
      for (int i = 0; i < size; i++) {
        coordinates[i * stride + action] = all[from + action * size + i];
      }
    }
    Arrays.fill(placed, 0);
    int last = 0;
    for (int place = 1; place < actions; place++) {
      placed[last] = Float.POSITIVE_INFINITY;
      measureFrom(last);
      last = nearest();
      order[place] = last;
    }
  }

  private void measureFrom(int action) {
    for (int column = 0; column < stride; column += Panels.LANES) {
      FloatVector sum = FloatVector.fromArray(Panels.SPECIES, placed, column);
      for (int row = 0; row < coordinates.length; row += stride) {
        FloatVector difference =
            FloatVector.fromArray(Panels.SPECIES, coordinates, row + column)
                .sub(coordinates[row + action]);
        sum = difference.fma(difference, sum);
      }
      sum.intoArray(distances, column);
    }
  }

  private int nearest() {
    int nearest = -1;
    float least = Float.POSITIVE_INFINITY;
    for (int action = 0; action < actions; action++) {
      if (distances[action] < least) {
        least = distances[action];
        nearest = action;
      }
    }
    return nearest >= 0 ? nearest : firstLeft();
  }

  /** Where no distance is a number. */
  private int firstLeft() {
    int action = 0;
    while (placed[action] != 0) {
      action++;
    }
    return action;
  }

  /** The action in a place; places behind the last have the last. */
  int at(int place) {
    return order[Math.min(place, actions - 1)];
  }
}
