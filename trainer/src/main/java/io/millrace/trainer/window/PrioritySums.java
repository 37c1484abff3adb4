package io.millrace.trainer.window;

import java.util.Arrays;

/**
 * Weights of slots, to draw in proportion to. A tree in which each node is the sum of 16 children:
 * a node's children are a cache line or two, so a draw among a million slots touches five places
 * where a binary tree touches twenty. Every sum is computed anew from its children, always in the
 * same order, so all sums follow from the weights, and not from the order in which they were set.
 */
final class PrioritySums {
  private static final int SHIFT = 4;
  private static final int FAN_OUT = 1 << SHIFT;

  private float[] weights = new float[FAN_OUT];

  /** Level k holds sums of 16^(k + 1) weights; the last level has one node. */
  private double[][] sums = {new double[1]};

  /** Of a slot. */
  float weight(int slot) {
    return slot < weights.length ? weights[slot] : 0;
  }

  double total() {
    return sums[sums.length - 1][0];
  }

  /** Sets the weight of a slot: finite, 0 or more. */
  void set(int slot, float weight) {
    if (slot >= weights.length) {
      grow(slot + 1);
    }
    weights[slot] = weight;
    int node = slot >> SHIFT;
    sums[0][node] = sumOfWeights(node);
    for (int level = 1; level < sums.length; level++) {
      node >>= SHIFT;
      sums[level][node] = sumOfSums(sums[level - 1], node);
    }
  }

  /** Sets the weights of slots from 0 on, and 0 for all others. */
  void setAll(float[] all) {
    weights = new float[FAN_OUT];
    sums = new double[][] {new double[1]};
    grow(Math.max(1, all.length));
    System.arraycopy(all, 0, weights, 0, all.length);
    rebuild();
  }

  /** Weights of the first slots. */
  float[] copy(int slots) {
    return Arrays.copyOf(weights, slots);
  }

  /**
   * The slot at which the running sum of the weights passes a mass.
   *
   * @param mass 0 to {@link #total}, exclusive
   */
  int find(double mass) {
    double left = mass;
    int node = 0;
    for (int level = sums.length - 2; level >= 0; level--) {
      var children = sums[level];
      int child = node << SHIFT;
      int last = lastPositive(children, child);
      while (child < last && left >= children[child]) {
        left -= children[child++];
      }
      node = child;
    }
    int slot = node << SHIFT;
    int last = slot + FAN_OUT - 1;
    while (last > slot && weights[last] == 0) {
      last--;
    }
    while (slot < last && left >= weights[slot]) {
      left -= weights[slot++];
    }
    return slot;
  }

  // Rounding may leave a mass that is a little more than all the children have.
  private static int lastPositive(double[] children, int first) {
    int last = Math.min(first + FAN_OUT, children.length) - 1;
    while (last > first && children[last] == 0) {
      last--;
    }
    return last;
  }

  private void grow(int slots) {
    int capacity = weights.length;
    while (capacity < slots) {
      capacity *= 2;
    }
    weights = Arrays.copyOf(weights, capacity);
    rebuild();
  }

  private void rebuild() {
    int levels = 1;
    while (nodes(levels - 1) > 1) {
      levels++;
    }
    sums = new double[levels][];
    for (int level = 0; level < levels; level++) {
      sums[level] = new double[nodes(level)];
      for (int node = 0; node < sums[level].length; node++) {
        sums[level][node] = level == 0 ? sumOfWeights(node) : sumOfSums(sums[level - 1], node);
      }
    }
  }

  private int nodes(int level) {
    int shift = SHIFT * (level + 1);
    return (int) ((weights.length + (1L << shift) - 1) >> shift);
  }

  private double sumOfWeights(int node) {
    // Four sums beside each other, since an addition waits for the one before.
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    for (int slot = node << SHIFT; slot < (node + 1) << SHIFT; slot += 4) {
      a += weights[slot];
      b += weights[slot + 1];
      c += weights[slot + 2];
      d += weights[slot + 3];
    }
    return (a + b) + (c + d);
  }

  private static double sumOfSums(double[] children, int node) {
    double a = 0;
    double b = 0;
    int end = Math.min((node + 1) << SHIFT, children.length) - 1;
    int child = node << SHIFT;
    for (; child < end; child += 2) {
      a += children[child];
      b += children[child + 1];
    }
    return a + b + (child == end ? children[end] : 0);
  }
}
