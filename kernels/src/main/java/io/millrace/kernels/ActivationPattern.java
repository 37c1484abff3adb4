package io.millrace.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Which ReLUs of a layer are active for a state's actions, and which units depart from the rest.
 *
 * <p>Most units are active for nearly all actions of a state, or for nearly none. A unit of the
 * first kind is taken as linear for all the state's actions, one of the second as zero; what is
 * left is the deviation of an action from that, which most often is 0. Of a linear unit {@code
 * relu(z) = z + relu(-z)}, so the deviation is {@code relu(-z)}; of the others it is {@code
 * relu(z)}. Nothing is left out: products with the common part, taken once a state, and with the
 * deviations add up to the whole.
 *
 * <p>Deviations are listed by pairs of actions: a unit stands in a pair's list if one of the two
 * departs. Each list begins with rows of the common part, so that one product has both.
 */
final class ActivationPattern {
  /** Pairs whose bits a float holds exactly, beside each other. */
  private static final int PAIRS_A_WORD = 16;

  /** Lists that are written side by side. */
  private static final int PAIRS_AT_A_TIME = 4;

  private final int units;
  private final int columns;
  private final int stride;
  private final int pairs;
  private final int commonRows;
  private final int commonCost;
  private final int rowStride;
  private final int listSize;

  /** -1 for a unit that is linear for all the state's actions, 1 for one that is zero. */
  private final float[] sign;

  /** Bit sets of pairs, as floats: for which one of the two is active, or is not. */
  private final float[] active;

  private final float[] inactive;

  /** The units that depart in any pair, and in which, {@code [words, units]}. */
  private final int[] departing;

  private final int[] departures;
  private int departingCount;

  /** The deviations, {@code [actions, stride]}. */
  final float[] deviations;

  private final int[] listed;

  /** Where each pair's list ends. */
  private final int[] ends;

  /** Where the rows of the lists begin in a matrix. */
  final int[] rows;

  /** Factors of the rows: two actions stand together. */
  final float[] factors;

  /** The linear units, and where their rows begin. */
  final int[] linear;

  final int[] linearRows;
  int linearCount;

  /**
   * For one layer.
   *
   * @param pairs of actions that a state has
   * @param commonRows rows of the common part, which stand behind those of the units
   * @param commonCost what the common part of a linear unit costs, in rows of a product
   * @param rowStride distance between the rows in the matrices to multiply with
   */
  ActivationPattern(int units, int pairs, int commonRows, int commonCost, int rowStride) {
    this.units = units;
    this.pairs = (pairs + PAIRS_AT_A_TIME - 1) / PAIRS_AT_A_TIME * PAIRS_AT_A_TIME;
    this.commonRows = commonRows;
    this.commonCost = commonCost;
    this.rowStride = rowStride;
    columns = Panels.columns(units);
    stride = Panels.stride(units);
    listSize = commonRows + units;
    int words = (pairs + PAIRS_A_WORD - 1) / PAIRS_A_WORD;
    sign = new float[stride];
    active = new float[words * stride];
    inactive = new float[words * stride];
    // One more, since a unit is written before it is known whether it counts.
    departing = new int[units + 1];
    departures = new int[words * units + 1];
    deviations = new float[pairs * Panels.ROWS * stride];
    listed = new int[this.pairs * listSize + 1];
    ends = new int[this.pairs];
    rows = new int[pairs * listSize];
    factors = new float[pairs * listSize * Panels.ROWS];
    linear = new int[units + 1];
    linearRows = new int[units + 1];
    for (int pair = 0; pair < pairs; pair++) {
      for (int row = 0; row < commonRows; row++) {
        rows[first(pair) + row] = (units + row) * rowStride;
      }
    }
  }

  /** Where a pair's list begins, with the rows of the common part. */
  int first(int pair) {
    return pair * listSize;
  }

  /** Where a pair's listed units begin. */
  int from(int pair) {
    return first(pair) + commonRows;
  }

  /** Where a pair's list ends. */
  int to(int pair) {
    return ends[pair];
  }

  /** Finds the pattern of pre-activations {@code z [actions, stride]}, and lists the units. */
  void find(float[] z) {
    for (int column = 0; column < columns; column += Panels.LANES) {
      findColumn(z, column);
    }
    linearCount = 0;
    departingCount = 0;
    for (int unit = 0; unit < units; unit++) {
      choose(unit);
    }
    for (int pair = 0; pair < pairs; pair += PAIRS_AT_A_TIME) {
      list(pair);
    }
  }

  private void findColumn(float[] z, int column) {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    for (int word = 0; word * stride < active.length; word++) {
      FloatVector activeBits = zero;
      FloatVector inactiveBits = zero;
      float bit = 1;
      int from = word * PAIRS_A_WORD * Panels.ROWS * stride + column;
      int to = Math.min(from + PAIRS_A_WORD * Panels.ROWS * stride, deviations.length);
      for (int at = from; at < to; at += Panels.ROWS * stride) {
        FloatVector bits = FloatVector.broadcast(Panels.SPECIES, bit);
        // What is not a number counts as active, so that it is not lost.
        VectorMask<Float> first =
            FloatVector.fromArray(Panels.SPECIES, z, at).compare(VectorOperators.LE, 0);
        VectorMask<Float> second =
            FloatVector.fromArray(Panels.SPECIES, z, at + stride).compare(VectorOperators.LE, 0);
        activeBits = activeBits.add(bits.blend(zero, first.and(second)));
        inactiveBits = inactiveBits.add(zero.blend(bits, first.or(second)));
        bit *= 2;
      }
      activeBits.intoArray(active, word * stride + column);
      inactiveBits.intoArray(inactive, word * stride + column);
    }
  }

  // What follows writes first and counts afterwards, without branches, which nothing could predict.

  /** Chooses what is common to the actions for a unit, and adds it to those that depart. */
  private void choose(int unit) {
    int activePairs = 0;
    int inactivePairs = 0;
    for (int word = unit; word < active.length; word += stride) {
      activePairs += Integer.bitCount((int) active[word]);
      inactivePairs += Integer.bitCount((int) inactive[word]);
    }
    boolean isLinear = Panels.ROWS * inactivePairs + commonCost < Panels.ROWS * activePairs;
    sign[unit] = isLinear ? -1 : 1;
    linear[linearCount] = unit;
    linearRows[linearCount] = unit * rowStride;
    linearCount += isLinear ? 1 : 0;
    departing[departingCount] = unit;
    int mask = isLinear ? -1 : 0;
    int at = departingCount;
    for (int word = unit; word < active.length; word += stride) {
      departures[at] = (int) active[word] & ~mask | (int) inactive[word] & mask;
      at += units;
    }
    departingCount += (isLinear ? inactivePairs : activePairs) > 0 ? 1 : 0;
  }

  /** Lists the units of a pair and the three behind it. */
  private void list(int pair) {
    int word = pair / PAIRS_A_WORD * units;
    int shift = pair % PAIRS_A_WORD;
    int entry0 = from(pair);
    int entry1 = entry0 + listSize;
    int entry2 = entry1 + listSize;
    int entry3 = entry2 + listSize;
    for (int i = 0; i < departingCount; i++) {
      int bits = departures[word + i] >>> shift;
      int unit = departing[i];
      listed[entry0] = unit;
      entry0 += bits & 1;
      listed[entry1] = unit;
      entry1 += bits >>> 1 & 1;
      listed[entry2] = unit;
      entry2 += bits >>> 2 & 1;
      listed[entry3] = unit;
      entry3 += bits >>> 3 & 1;
    }
    ends[pair] = entry0;
    ends[pair + 1] = entry1;
    ends[pair + 2] = entry2;
    ends[pair + 3] = entry3;
  }

  /** Of the ReLUs' values: {@code z} becomes {@code relu(z)}, and the deviations are of these. */
  void deviationsOfValues(float[] z) {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    for (int column = 0; column < columns; column += Panels.LANES) {
      FloatVector signs = FloatVector.fromArray(Panels.SPECIES, sign, column);
      for (int at = column; at < z.length; at += stride) {
        FloatVector value = FloatVector.fromArray(Panels.SPECIES, z, at);
        FloatVector signed = value.mul(signs);
        // Not max(), which is slow since it heeds the sign of 0.
        signed.blend(zero, signed.compare(VectorOperators.LE, 0)).intoArray(deviations, at);
        value.blend(zero, value.compare(VectorOperators.LE, 0)).intoArray(z, at);
      }
    }
  }

  /**
   * Of the ReLUs' slopes: {@code z} becomes {@code relu(z)}, and the deviations are those of a
   * slope, 0 or 1, times the unit's weight.
   */
  void deviationsOfSlopes(float[] z, float[] weights) {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    for (int column = 0; column < columns; column += Panels.LANES) {
      FloatVector weight = FloatVector.fromArray(Panels.SPECIES, weights, column);
      VectorMask<Float> isLinear =
          FloatVector.fromArray(Panels.SPECIES, sign, column).compare(VectorOperators.LT, 0);
      FloatVector common = zero.blend(weight, isLinear);
      FloatVector whenActive = weight.sub(common);
      FloatVector whenInactive = zero.sub(common);
      for (int at = column; at < z.length; at += stride) {
        FloatVector value = FloatVector.fromArray(Panels.SPECIES, z, at);
        VectorMask<Float> isInactive = value.compare(VectorOperators.LE, 0);
        whenActive.blend(whenInactive, isInactive).intoArray(deviations, at);
        value.blend(zero, isInactive).intoArray(z, at);
      }
    }
  }

  /** Puts a pair's rows and deviations together, each action's times its scale. */
  void pack(int pair, float scale0, float scale1) {
    int first = pair * Panels.ROWS * stride;
    int to = to(pair);
    for (int entry = from(pair); entry < to; entry++) {
      int unit = listed[entry];
      rows[entry] = unit * rowStride;
      factors[Panels.ROWS * entry] = scale0 * deviations[first + unit];
      factors[Panels.ROWS * entry + 1] = scale1 * deviations[first + stride + unit];
    }
  }
}
