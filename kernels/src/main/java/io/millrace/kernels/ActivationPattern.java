package io.millrace.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Which ReLUs of a layer are active for a state's actions, and which actions depart from the rest.
 *
 * <p>Most units are active for nearly all actions of a state, or for nearly none. A unit of the
 * first kind is taken as linear for all the state's actions, one of the second as zero; what is
 * left is the deviation of an action from that, which most often is 0. Of a linear unit {@code
 * relu(z) = z + relu(-z)}, so the deviation is {@code relu(-z)}; of the others it is {@code
 * relu(z)}. Nothing is left out: products with the common part, taken once a state, and with the
 * deviations add up to the whole.
 */
final class ActivationPattern {
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, Panels.SPECIES.vectorShape());

  private final int units;
  private final int actions;
  private final int columns;
  private final int stride;
  private final int words;

  /** What the common part of a linear unit costs, in rows of a product. */
  private final int commonCost;

  /** Bit sets of actions for which a unit is not active, {@code [words, columns]}. */
  private final int[] inactive;

  /** The linear units. */
  final int[] linear;

  int linearCount;

  /** The units from which an action departs. */
  final int[] departing;

  int departingCount;

  /** Bit sets of the actions that depart from those, {@code [departing, words]}. */
  final int[] departures;

  /** Of those: -1 for a unit that is linear for all the state's actions, 1 for one that is zero. */
  final float[] signs;

  /**
   * For one layer.
   *
   * @param actions that a state has
   * @param commonCost what the common part of a linear unit costs, in rows of a product
   */
  ActivationPattern(int units, int actions, int commonCost) {
    this.units = units;
    this.actions = actions;
    this.commonCost = commonCost;
    columns = Panels.columns(units);
    stride = Panels.stride(units);
    words = (actions + Integer.SIZE - 1) / Integer.SIZE;
    inactive = new int[words * columns];
    // One more, since a unit is written before it is known whether it counts.
    linear = new int[units + 1];
    departing = new int[units + 1];
    departures = new int[(units + 1) * words];
    signs = new float[units + 1];
  }

  /** Words of a bit set of actions. */
  int words() {
    return words;
  }

  /** Finds the pattern of pre-activations {@code z [actions, stride]}; puts the ReLUs' values. */
  void find(float[] z, float[] values) {
    for (int word = 0; word < words; word++) {
      int from = word * Integer.SIZE;
      int to = Math.min(from + Integer.SIZE, actions);
      for (int column = 0; column < columns; column += Panels.LANES) {
        findColumn(z, values, Panels.at(from, stride) + column, to - from)
            .intoArray(inactive, word * columns + column);
      }
    }
    choose();
  }

  /** The bits of so many actions, in one vector of columns. */
  private IntVector findColumn(float[] z, float[] values, int from, int count) {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    IntVector bits = IntVector.zero(INTS);
    int at = from;
    for (int i = 0; i < count; i++) {
      FloatVector value = FloatVector.fromArray(Panels.SPECIES, z, at);
      // What is not a number counts as active, so that it is not lost.
      VectorMask<Float> isInactive = value.compare(VectorOperators.LE, 0);
      FloatVector bit = IntVector.broadcast(INTS, 1 << i).reinterpretAsFloats();
      bits = bits.or(zero.blend(bit, isInactive).reinterpretAsInts());
      // Not max(), which is slow since it heeds the sign of 0.
      value.blend(zero, isInactive).intoArray(values, at);
      at += stride;
    }
    return bits;
  }

  /**
   * Chooses what is common to the actions for each unit. Without branches, which nothing could
   * predict: masks are -1 or 0, and what does not count is written and then written over.
   */
  private void choose() {
    int linearUnits = 0;
    int departingUnits = 0;
    for (int unit = 0; unit < units; unit++) {
      int inactiveCount = 0;
      for (int word = 0; word < words; word++) {
        inactiveCount += Integer.bitCount(inactive[word * columns + unit]);
      }
      int activeCount = actions - inactiveCount;
      int isLinear = (inactiveCount + commonCost - activeCount) >> 31;
      linear[linearUnits] = unit;
      linearUnits -= isLinear;
      departing[departingUnits] = unit;
      signs[departingUnits] = 1 + 2 * isLinear;
      int left = actions;
      for (int word = 0; word < words; word++) {
        int valid = left >= Integer.SIZE ? -1 : (1 << left) - 1;
        departures[departingUnits * words + word] =
            (inactive[word * columns + unit] ^ ~isLinear) & valid;
        left -= Integer.SIZE;
      }
      int departingCount = inactiveCount & isLinear | activeCount & ~isLinear;
      departingUnits += -departingCount >>> 31;
    }
    this.linearCount = linearUnits;
    this.departingCount = departingUnits;
  }
}
