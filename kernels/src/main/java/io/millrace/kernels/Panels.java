package io.millrace.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products over lists of rows: two rows of one side at a time, and as many columns as there
 * are registers for their sums. All is summed by {@code fma} in a given order, and nothing is
 * reduced over lanes, so that results are the same whether the JVM has compiled a method or
 * interprets it.
 *
 * <p>Matrices are arrays with a distance between rows; columns are a multiple of two vectors and
 * are cut into panels. Factors of two rows stand together: that of row r for the p-th listed row is
 * at {@code 2p + r}.
 */
final class Panels {
  static final int ROWS = 2;
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Columns of a wide panel: 6 vectors in 2 rows are 12 sums, which 16 registers hold. */
  private static final int WIDE = 6 * LANES;

  /** Columns of a narrow panel, for what is left. */
  private static final int NARROW = 2 * LANES;

  /** Floats of a cache line. */
  private static final int LINE = 16;

  private Panels() {}

  /** Columns in memory for so many that count. */
  static int columns(int size) {
    return (size + NARROW - 1) / NARROW * NARROW;
  }

  /**
   * The distance between rows: an odd number of cache lines, so that a panel is spread over all
   * sets of a cache.
   */
  static int stride(int size) {
    int lines = (columns(size) + LINE - 1) / LINE;
    return (lines | 1) * LINE;
  }

  /** How many columns the panel has that begins at a column. */
  static int width(int column, int columns) {
    return columns - column >= WIDE ? WIDE : NARROW;
  }

  /**
   * Two rows of a product, in one panel: {@code out[r] = Σ_p left[2p + r] · right[rows[p]]}.
   *
   * @param outAt where the first row's panel begins; the second is {@code outStride} behind it
   * @param rows where the rows in {@code right} begin; those from {@code from} to {@code to - 1}
   *     count, which is one at least
   */
  static void product(
      float[] out,
      int outAt,
      int outStride,
      float[] left,
      float[] right,
      int[] rows,
      int from,
      int to,
      int column,
      int width) {
    if (width == WIDE) {
      wideProduct(out, outAt, outStride, left, right, rows, from, to, column);
    } else {
      narrowProduct(out, outAt, outStride, left, right, rows, from, to, column);
    }
  }

  private static void wideProduct(
      float[] out,
      int outAt,
      int outStride,
      float[] left,
      float[] right,
      int[] rows,
      int from,
      int to,
      int column) {
    // Sums that begin as products, and not as one shared zero, which C2 would keep in memory.
    int first = rows[from] + column;
    FloatVector x0 = FloatVector.broadcast(SPECIES, left[ROWS * from]);
    FloatVector x1 = FloatVector.broadcast(SPECIES, left[ROWS * from + 1]);
    FloatVector v = FloatVector.fromArray(SPECIES, right, first);
    FloatVector s00 = x0.mul(v);
    FloatVector s10 = x1.mul(v);
    v = FloatVector.fromArray(SPECIES, right, first + LANES);
    FloatVector s01 = x0.mul(v);
    FloatVector s11 = x1.mul(v);
    v = FloatVector.fromArray(SPECIES, right, first + 2 * LANES);
    FloatVector s02 = x0.mul(v);
    FloatVector s12 = x1.mul(v);
    v = FloatVector.fromArray(SPECIES, right, first + 3 * LANES);
    FloatVector s03 = x0.mul(v);
    FloatVector s13 = x1.mul(v);
    v = FloatVector.fromArray(SPECIES, right, first + 4 * LANES);
    FloatVector s04 = x0.mul(v);
    FloatVector s14 = x1.mul(v);
    v = FloatVector.fromArray(SPECIES, right, first + 5 * LANES);
    FloatVector s05 = x0.mul(v);
    FloatVector s15 = x1.mul(v);
    for (int p = from + 1; p < to; p++) {
      int at = rows[p] + column;
      int factor = ROWS * p;
      x0 = FloatVector.broadcast(SPECIES, left[factor]);
      x1 = FloatVector.broadcast(SPECIES, left[factor + 1]);
      v = FloatVector.fromArray(SPECIES, right, at);
      s00 = x0.fma(v, s00);
      s10 = x1.fma(v, s10);
      v = FloatVector.fromArray(SPECIES, right, at + LANES);
      s01 = x0.fma(v, s01);
      s11 = x1.fma(v, s11);
      v = FloatVector.fromArray(SPECIES, right, at + 2 * LANES);
      s02 = x0.fma(v, s02);
      s12 = x1.fma(v, s12);
      v = FloatVector.fromArray(SPECIES, right, at + 3 * LANES);
      s03 = x0.fma(v, s03);
      s13 = x1.fma(v, s13);
      v = FloatVector.fromArray(SPECIES, right, at + 4 * LANES);
      s04 = x0.fma(v, s04);
      s14 = x1.fma(v, s14);
      v = FloatVector.fromArray(SPECIES, right, at + 5 * LANES);
      s05 = x0.fma(v, s05);
      s15 = x1.fma(v, s15);
    }
    s00.intoArray(out, outAt);
    s01.intoArray(out, outAt + LANES);
    s02.intoArray(out, outAt + 2 * LANES);
    s03.intoArray(out, outAt + 3 * LANES);
    s04.intoArray(out, outAt + 4 * LANES);
    s05.intoArray(out, outAt + 5 * LANES);
    int second = outAt + outStride;
    s10.intoArray(out, second);
    s11.intoArray(out, second + LANES);
    s12.intoArray(out, second + 2 * LANES);
    s13.intoArray(out, second + 3 * LANES);
    s14.intoArray(out, second + 4 * LANES);
    s15.intoArray(out, second + 5 * LANES);
  }

  private static void narrowProduct(
      float[] out,
      int outAt,
      int outStride,
      float[] left,
      float[] right,
      int[] rows,
      int from,
      int to,
      int column) {
    // Sums that begin as products, and not as one shared zero, which C2 would keep in memory.
    int first = rows[from] + column;
    FloatVector x0 = FloatVector.broadcast(SPECIES, left[ROWS * from]);
    FloatVector x1 = FloatVector.broadcast(SPECIES, left[ROWS * from + 1]);
    FloatVector v = FloatVector.fromArray(SPECIES, right, first);
    FloatVector s00 = x0.mul(v);
    FloatVector s10 = x1.mul(v);
    v = FloatVector.fromArray(SPECIES, right, first + LANES);
    FloatVector s01 = x0.mul(v);
    FloatVector s11 = x1.mul(v);
    for (int p = from + 1; p < to; p++) {
      int at = rows[p] + column;
      int factor = ROWS * p;
      x0 = FloatVector.broadcast(SPECIES, left[factor]);
      x1 = FloatVector.broadcast(SPECIES, left[factor + 1]);
      v = FloatVector.fromArray(SPECIES, right, at);
      s00 = x0.fma(v, s00);
      s10 = x1.fma(v, s10);
      v = FloatVector.fromArray(SPECIES, right, at + LANES);
      s01 = x0.fma(v, s01);
      s11 = x1.fma(v, s11);
    }
    s00.intoArray(out, outAt);
    s01.intoArray(out, outAt + LANES);
    int second = outAt + outStride;
    s10.intoArray(out, second);
    s11.intoArray(out, second + LANES);
  }

  /**
   * Adds the outer products of two rows' factors with the two rows, in one panel: {@code
   * sum[rows[p]] += Σ_r left[2p + r] · right[r]}.
   *
   * @param rows where the rows in {@code sum} begin; those from {@code from} to {@code to - 1}
   *     count
   * @param rightAt where the first of the two rows begins; the second is {@code rightStride} behind
   */
  static void addOuter(
      float[] sum,
      int[] rows,
      int from,
      int to,
      float[] left,
      float[] right,
      int rightAt,
      int rightStride,
      int column,
      int width) {
    if (width == WIDE) {
      addWideOuter(sum, rows, from, to, left, right, rightAt, rightStride, column);
    } else {
      addNarrowOuter(sum, rows, from, to, left, right, rightAt, rightStride, column);
    }
  }

  private static void addWideOuter(
      float[] sum,
      int[] rows,
      int from,
      int to,
      float[] left,
      float[] right,
      int rightAt,
      int rightStride,
      int column) {
    int first = rightAt + column;
    FloatVector r00 = FloatVector.fromArray(SPECIES, right, first);
    FloatVector r01 = FloatVector.fromArray(SPECIES, right, first + LANES);
    FloatVector r02 = FloatVector.fromArray(SPECIES, right, first + 2 * LANES);
    FloatVector r03 = FloatVector.fromArray(SPECIES, right, first + 3 * LANES);
    FloatVector r04 = FloatVector.fromArray(SPECIES, right, first + 4 * LANES);
    FloatVector r05 = FloatVector.fromArray(SPECIES, right, first + 5 * LANES);
    int second = first + rightStride;
    FloatVector r10 = FloatVector.fromArray(SPECIES, right, second);
    FloatVector r11 = FloatVector.fromArray(SPECIES, right, second + LANES);
    FloatVector r12 = FloatVector.fromArray(SPECIES, right, second + 2 * LANES);
    FloatVector r13 = FloatVector.fromArray(SPECIES, right, second + 3 * LANES);
    FloatVector r14 = FloatVector.fromArray(SPECIES, right, second + 4 * LANES);
    FloatVector r15 = FloatVector.fromArray(SPECIES, right, second + 5 * LANES);
    for (int p = from; p < to; p++) {
      int row = rows[p] + column;
      int factor = ROWS * p;
      FloatVector x0 = FloatVector.broadcast(SPECIES, left[factor]);
      FloatVector x1 = FloatVector.broadcast(SPECIES, left[factor + 1]);
      FloatVector s = x0.fma(r00, FloatVector.fromArray(SPECIES, sum, row));
      x1.fma(r10, s).intoArray(sum, row);
      s = x0.fma(r01, FloatVector.fromArray(SPECIES, sum, row + LANES));
      x1.fma(r11, s).intoArray(sum, row + LANES);
      s = x0.fma(r02, FloatVector.fromArray(SPECIES, sum, row + 2 * LANES));
      x1.fma(r12, s).intoArray(sum, row + 2 * LANES);
      s = x0.fma(r03, FloatVector.fromArray(SPECIES, sum, row + 3 * LANES));
      x1.fma(r13, s).intoArray(sum, row + 3 * LANES);
      s = x0.fma(r04, FloatVector.fromArray(SPECIES, sum, row + 4 * LANES));
      x1.fma(r14, s).intoArray(sum, row + 4 * LANES);
      s = x0.fma(r05, FloatVector.fromArray(SPECIES, sum, row + 5 * LANES));
      x1.fma(r15, s).intoArray(sum, row + 5 * LANES);
    }
  }

  private static void addNarrowOuter(
      float[] sum,
      int[] rows,
      int from,
      int to,
      float[] left,
      float[] right,
      int rightAt,
      int rightStride,
      int column) {
    int first = rightAt + column;
    FloatVector r00 = FloatVector.fromArray(SPECIES, right, first);
    FloatVector r01 = FloatVector.fromArray(SPECIES, right, first + LANES);
    int second = first + rightStride;
    FloatVector r10 = FloatVector.fromArray(SPECIES, right, second);
    FloatVector r11 = FloatVector.fromArray(SPECIES, right, second + LANES);
    for (int p = from; p < to; p++) {
      int row = rows[p] + column;
      int factor = ROWS * p;
      FloatVector x0 = FloatVector.broadcast(SPECIES, left[factor]);
      FloatVector x1 = FloatVector.broadcast(SPECIES, left[factor + 1]);
      FloatVector s = x0.fma(r00, FloatVector.fromArray(SPECIES, sum, row));
      x1.fma(r10, s).intoArray(sum, row);
      s = x0.fma(r01, FloatVector.fromArray(SPECIES, sum, row + LANES));
      x1.fma(r11, s).intoArray(sum, row + LANES);
    }
  }

  /** One row, {@code out[outAt + c] = Σ_p left[p] · b[rows[p] + c]}, in all columns. */
  static void row(
      float[] out, int outAt, float[] left, float[] b, int[] rows, int count, int columns) {
    for (int column = 0; column < columns; column += NARROW) {
      FloatVector even0 = FloatVector.zero(SPECIES);
      FloatVector even1 = even0;
      FloatVector odd0 = even0;
      FloatVector odd1 = even0;
      int p = 0;
      for (; p < count - 1; p += 2) {
        FloatVector x = FloatVector.broadcast(SPECIES, left[p]);
        int at = rows[p] + column;
        even0 = x.fma(FloatVector.fromArray(SPECIES, b, at), even0);
        even1 = x.fma(FloatVector.fromArray(SPECIES, b, at + LANES), even1);
        x = FloatVector.broadcast(SPECIES, left[p + 1]);
        at = rows[p + 1] + column;
        odd0 = x.fma(FloatVector.fromArray(SPECIES, b, at), odd0);
        odd1 = x.fma(FloatVector.fromArray(SPECIES, b, at + LANES), odd1);
      }
      if (p < count) {
        FloatVector x = FloatVector.broadcast(SPECIES, left[p]);
        int at = rows[p] + column;
        even0 = x.fma(FloatVector.fromArray(SPECIES, b, at), even0);
        even1 = x.fma(FloatVector.fromArray(SPECIES, b, at + LANES), even1);
      }
      even0.add(odd0).intoArray(out, outAt + column);
      even1.add(odd1).intoArray(out, outAt + column + LANES);
    }
  }
}
