package io.millrace.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products over lists of rows, in panels of as many columns as there are registers for their
 * sums. All is summed by {@code fma} in a given order, and nothing is reduced over lanes, so that
 * results are the same whether the JVM has compiled a method or interprets it.
 *
 * <p>Matrices are arrays with a distance between rows; columns are a multiple of two vectors.
 */
final class Panels {
  /** Rows of a {@link #product}, whose factors stand together. */
  static final int ROWS = 4;

  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  private static final int WIDE = 8 * LANES;
  private static final int MIDDLE = 4 * LANES;

  /** Columns of the narrowest panel. */
  private static final int NARROW = 2 * LANES;

  /** Vectors of 64 bytes come with 32 registers, which hold 4 sums of each row. */
  private static final boolean MANY_REGISTERS = LANES == 16;

  /** Floats of a cache line. */
  private static final int LINE = 16;

  /**
   * Where a matrix's first row begins in its array. An array's elements begin 16 bytes behind the
   * object, so that with {@code -XX:ObjectAlignmentInBytes=64} every row begins with a cache line.
   * Otherwise nearly all vectors of 64 bytes would lie in two lines, which takes twice as long.
   */
  private static final int START = LINE - 16 / Float.BYTES;

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

  /** Of so many rows, those that a {@link #product} takes together. */
  static int groups(int rows) {
    return (rows + ROWS - 1) / ROWS;
  }

  /** Memory for a matrix of so many rows. */
  static float[] matrix(int rows, int stride) {
    return new float[START + rows * stride];
  }

  /** Where a row of a matrix begins. */
  static int at(int row, int stride) {
    return START + row * stride;
  }

  /** How many columns the panel has that begins at a column, for {@link #row}. */
  static int width(int column, int columns) {
    int left = columns - column;
    return left >= WIDE ? WIDE : left >= MIDDLE ? MIDDLE : NARROW;
  }

  /**
   * Four rows of a product: {@code out[r] = Σ_p left[4p + r] · right[rows[p]]}, in all columns.
   *
   * @param outAt where the first row begins; the others are {@code outStride} behind each other
   * @param leftAt where the factors begin
   * @param rows where the rows in {@code right} begin, of which the first {@code count} count,
   *     which is one at least
   */
  static void product(
      float[] out,
      int outAt,
      int outStride,
      float[] left,
      int leftAt,
      float[] right,
      int[] rows,
      int count,
      int columns) {
    int column = 0;
    for (; MANY_REGISTERS && column <= columns - MIDDLE; column += MIDDLE) {
      middleProduct(out, outAt, outStride, left, leftAt, right, rows, count, column);
    }
    for (; column < columns; column += NARROW) {
      narrowProduct(out, outAt, outStride, left, leftAt, right, rows, count, column);
    }
  }

  private static void middleProduct(
      float[] out,
      int outAt,
      int outStride,
      float[] left,
      int leftAt,
      float[] right,
      int[] rows,
      int count,
      int column) {
    // Sums that begin as products, and not as one shared zero, which C2 would keep in memory.
    int at = rows[0] + column;
    FloatVector x0 = FloatVector.broadcast(SPECIES, left[leftAt]);
    FloatVector x1 = FloatVector.broadcast(SPECIES, left[leftAt + 1]);
    FloatVector x2 = FloatVector.broadcast(SPECIES, left[leftAt + 2]);
    FloatVector x3 = FloatVector.broadcast(SPECIES, left[leftAt + 3]);
    FloatVector v = FloatVector.fromArray(SPECIES, right, at);
    FloatVector s00 = x0.mul(v);
    FloatVector s10 = x1.mul(v);
    FloatVector s20 = x2.mul(v);
    FloatVector s30 = x3.mul(v);
    v = FloatVector.fromArray(SPECIES, right, at + LANES);
    FloatVector s01 = x0.mul(v);
    FloatVector s11 = x1.mul(v);
    FloatVector s21 = x2.mul(v);
    FloatVector s31 = x3.mul(v);
    v = FloatVector.fromArray(SPECIES, right, at + 2 * LANES);
    FloatVector s02 = x0.mul(v);
    FloatVector s12 = x1.mul(v);
    FloatVector s22 = x2.mul(v);
    FloatVector s32 = x3.mul(v);
    v = FloatVector.fromArray(SPECIES, right, at + 3 * LANES);
    FloatVector s03 = x0.mul(v);
    FloatVector s13 = x1.mul(v);
    FloatVector s23 = x2.mul(v);
    FloatVector s33 = x3.mul(v);
    for (int p = 1; p < count; p++) {
      at = rows[p] + column;
      int factor = leftAt + ROWS * p;
      x0 = FloatVector.broadcast(SPECIES, left[factor]);
      x1 = FloatVector.broadcast(SPECIES, left[factor + 1]);
      x2 = FloatVector.broadcast(SPECIES, left[factor + 2]);
      x3 = FloatVector.broadcast(SPECIES, left[factor + 3]);
      v = FloatVector.fromArray(SPECIES, right, at);
      s00 = x0.fma(v, s00);
      s10 = x1.fma(v, s10);
      s20 = x2.fma(v, s20);
      s30 = x3.fma(v, s30);
      v = FloatVector.fromArray(SPECIES, right, at + LANES);
      s01 = x0.fma(v, s01);
      s11 = x1.fma(v, s11);
      s21 = x2.fma(v, s21);
      s31 = x3.fma(v, s31);
      v = FloatVector.fromArray(SPECIES, right, at + 2 * LANES);
      s02 = x0.fma(v, s02);
      s12 = x1.fma(v, s12);
      s22 = x2.fma(v, s22);
      s32 = x3.fma(v, s32);
      v = FloatVector.fromArray(SPECIES, right, at + 3 * LANES);
      s03 = x0.fma(v, s03);
      s13 = x1.fma(v, s13);
      s23 = x2.fma(v, s23);
      s33 = x3.fma(v, s33);
    }
    int row = outAt + column;
    s00.intoArray(out, row);
    s01.intoArray(out, row + LANES);
    s02.intoArray(out, row + 2 * LANES);
    s03.intoArray(out, row + 3 * LANES);
    row += outStride;
    s10.intoArray(out, row);
    s11.intoArray(out, row + LANES);
    s12.intoArray(out, row + 2 * LANES);
    s13.intoArray(out, row + 3 * LANES);
    row += outStride;
    s20.intoArray(out, row);
    s21.intoArray(out, row + LANES);
    s22.intoArray(out, row + 2 * LANES);
    s23.intoArray(out, row + 3 * LANES);
    row += outStride;
    s30.intoArray(out, row);
    s31.intoArray(out, row + LANES);
    s32.intoArray(out, row + 2 * LANES);
    s33.intoArray(out, row + 3 * LANES);
  }

  private static void narrowProduct(
      float[] out,
      int outAt,
      int outStride,
      float[] left,
      int leftAt,
      float[] right,
      int[] rows,
      int count,
      int column) {
    // Sums that begin as products, and not as one shared zero, which C2 would keep in memory.
    int at = rows[0] + column;
    FloatVector x0 = FloatVector.broadcast(SPECIES, left[leftAt]);
    FloatVector x1 = FloatVector.broadcast(SPECIES, left[leftAt + 1]);
    FloatVector x2 = FloatVector.broadcast(SPECIES, left[leftAt + 2]);
    FloatVector x3 = FloatVector.broadcast(SPECIES, left[leftAt + 3]);
    FloatVector v = FloatVector.fromArray(SPECIES, right, at);
    FloatVector s00 = x0.mul(v);
    FloatVector s10 = x1.mul(v);
    FloatVector s20 = x2.mul(v);
    FloatVector s30 = x3.mul(v);
    v = FloatVector.fromArray(SPECIES, right, at + LANES);
    FloatVector s01 = x0.mul(v);
    FloatVector s11 = x1.mul(v);
    FloatVector s21 = x2.mul(v);
    FloatVector s31 = x3.mul(v);
    for (int p = 1; p < count; p++) {
      at = rows[p] + column;
      int factor = leftAt + ROWS * p;
      x0 = FloatVector.broadcast(SPECIES, left[factor]);
      x1 = FloatVector.broadcast(SPECIES, left[factor + 1]);
      x2 = FloatVector.broadcast(SPECIES, left[factor + 2]);
      x3 = FloatVector.broadcast(SPECIES, left[factor + 3]);
      v = FloatVector.fromArray(SPECIES, right, at);
      s00 = x0.fma(v, s00);
      s10 = x1.fma(v, s10);
      s20 = x2.fma(v, s20);
      s30 = x3.fma(v, s30);
      v = FloatVector.fromArray(SPECIES, right, at + LANES);
      s01 = x0.fma(v, s01);
      s11 = x1.fma(v, s11);
      s21 = x2.fma(v, s21);
      s31 = x3.fma(v, s31);
    }
    int row = outAt + column;
    s00.intoArray(out, row);
    s01.intoArray(out, row + LANES);
    row += outStride;
    s10.intoArray(out, row);
    s11.intoArray(out, row + LANES);
    row += outStride;
    s20.intoArray(out, row);
    s21.intoArray(out, row + LANES);
    row += outStride;
    s30.intoArray(out, row);
    s31.intoArray(out, row + LANES);
  }

  /**
   * Rows in one panel, each {@code out = start + Σ_p factors[p] · right[rows[p]]} over its list.
   */
  static void rows(
      float[] out, float[] start, RowLists lists, float[] right, int column, int width) {
    if (width == WIDE) {
      wideRows(out, start, lists, right, column);
    } else if (width == MIDDLE) {
      middleRows(out, start, lists, right, column);
    } else {
      narrowRows(out, start, lists, right, column);
    }
  }

  private static void wideRows(
      float[] out, float[] start, RowLists lists, float[] right, int column) {
    int[] rows = lists.rows;
    float[] factors = lists.factors;
    for (int list = 0; list < lists.count; list++) {
      int to = lists.to[list];
      int first = lists.startAt[list] + column;
      FloatVector s0 = FloatVector.fromArray(SPECIES, start, first);
      FloatVector s1 = FloatVector.fromArray(SPECIES, start, first + LANES);
      FloatVector s2 = FloatVector.fromArray(SPECIES, start, first + 2 * LANES);
      FloatVector s3 = FloatVector.fromArray(SPECIES, start, first + 3 * LANES);
      FloatVector s4 = FloatVector.fromArray(SPECIES, start, first + 4 * LANES);
      FloatVector s5 = FloatVector.fromArray(SPECIES, start, first + 5 * LANES);
      FloatVector s6 = FloatVector.fromArray(SPECIES, start, first + 6 * LANES);
      FloatVector s7 = FloatVector.fromArray(SPECIES, start, first + 7 * LANES);
      for (int p = lists.from[list]; p < to; p++) {
        int at = rows[p] + column;
        FloatVector x = FloatVector.broadcast(SPECIES, factors[p]);
        s0 = x.fma(FloatVector.fromArray(SPECIES, right, at), s0);
        s1 = x.fma(FloatVector.fromArray(SPECIES, right, at + LANES), s1);
        s2 = x.fma(FloatVector.fromArray(SPECIES, right, at + 2 * LANES), s2);
        s3 = x.fma(FloatVector.fromArray(SPECIES, right, at + 3 * LANES), s3);
        s4 = x.fma(FloatVector.fromArray(SPECIES, right, at + 4 * LANES), s4);
        s5 = x.fma(FloatVector.fromArray(SPECIES, right, at + 5 * LANES), s5);
        s6 = x.fma(FloatVector.fromArray(SPECIES, right, at + 6 * LANES), s6);
        s7 = x.fma(FloatVector.fromArray(SPECIES, right, at + 7 * LANES), s7);
      }
      int last = lists.outAt[list] + column;
      s0.intoArray(out, last);
      s1.intoArray(out, last + LANES);
      s2.intoArray(out, last + 2 * LANES);
      s3.intoArray(out, last + 3 * LANES);
      s4.intoArray(out, last + 4 * LANES);
      s5.intoArray(out, last + 5 * LANES);
      s6.intoArray(out, last + 6 * LANES);
      s7.intoArray(out, last + 7 * LANES);
    }
  }

  private static void middleRows(
      float[] out, float[] start, RowLists lists, float[] right, int column) {
    int[] rows = lists.rows;
    float[] factors = lists.factors;
    for (int list = 0; list < lists.count; list++) {
      int to = lists.to[list];
      int first = lists.startAt[list] + column;
      FloatVector s0 = FloatVector.fromArray(SPECIES, start, first);
      FloatVector s1 = FloatVector.fromArray(SPECIES, start, first + LANES);
      FloatVector s2 = FloatVector.fromArray(SPECIES, start, first + 2 * LANES);
      FloatVector s3 = FloatVector.fromArray(SPECIES, start, first + 3 * LANES);
      for (int p = lists.from[list]; p < to; p++) {
        int at = rows[p] + column;
        FloatVector x = FloatVector.broadcast(SPECIES, factors[p]);
        s0 = x.fma(FloatVector.fromArray(SPECIES, right, at), s0);
        s1 = x.fma(FloatVector.fromArray(SPECIES, right, at + LANES), s1);
        s2 = x.fma(FloatVector.fromArray(SPECIES, right, at + 2 * LANES), s2);
        s3 = x.fma(FloatVector.fromArray(SPECIES, right, at + 3 * LANES), s3);
      }
      int last = lists.outAt[list] + column;
      s0.intoArray(out, last);
      s1.intoArray(out, last + LANES);
      s2.intoArray(out, last + 2 * LANES);
      s3.intoArray(out, last + 3 * LANES);
    }
  }

  private static void narrowRows(
      float[] out, float[] start, RowLists lists, float[] right, int column) {
    int[] rows = lists.rows;
    float[] factors = lists.factors;
    for (int list = 0; list < lists.count; list++) {
      int to = lists.to[list];
      int first = lists.startAt[list] + column;
      FloatVector s0 = FloatVector.fromArray(SPECIES, start, first);
      FloatVector s1 = FloatVector.fromArray(SPECIES, start, first + LANES);
      for (int p = lists.from[list]; p < to; p++) {
        int at = rows[p] + column;
        FloatVector x = FloatVector.broadcast(SPECIES, factors[p]);
        s0 = x.fma(FloatVector.fromArray(SPECIES, right, at), s0);
        s1 = x.fma(FloatVector.fromArray(SPECIES, right, at + LANES), s1);
      }
      int last = lists.outAt[list] + column;
      s0.intoArray(out, last);
      s1.intoArray(out, last + LANES);
    }
  }

  /**
   * Adds to rows of a matrix those of another, in one panel: {@code sum[u] += slope[u] Σ_i
   * factors[i] · right[i]} over the i that depart from u.
   */
  static void addDepartures(
      float[] sum, Departures departures, float[] factors, float[] right, int column, int width) {
    if (width == WIDE) {
      addWide(sum, departures, factors, right, column);
    } else if (width == MIDDLE) {
      addMiddle(sum, departures, factors, right, column);
    } else {
      addNarrow(sum, departures, factors, right, column);
    }
  }

  private static void addWide(
      float[] sum, Departures departures, float[] factors, float[] right, int column) {
    int[] indices = departures.indices;
    int stride = departures.rightStride;
    int from = START + column;
    for (int place = 0; place < departures.count; place++) {
      int to = departures.from[place + 1];
      float slope = departures.slopes[place];
      int row = departures.rows[place] + column;
      FloatVector s0 = FloatVector.fromArray(SPECIES, sum, row);
      FloatVector s1 = FloatVector.fromArray(SPECIES, sum, row + LANES);
      FloatVector s2 = FloatVector.fromArray(SPECIES, sum, row + 2 * LANES);
      FloatVector s3 = FloatVector.fromArray(SPECIES, sum, row + 3 * LANES);
      FloatVector s4 = FloatVector.fromArray(SPECIES, sum, row + 4 * LANES);
      FloatVector s5 = FloatVector.fromArray(SPECIES, sum, row + 5 * LANES);
      FloatVector s6 = FloatVector.fromArray(SPECIES, sum, row + 6 * LANES);
      FloatVector s7 = FloatVector.fromArray(SPECIES, sum, row + 7 * LANES);
      for (int p = departures.from[place]; p < to; p++) {
        int index = indices[p];
        int at = from + index * stride;
        FloatVector x = FloatVector.broadcast(SPECIES, slope * factors[index]);
        s0 = x.fma(FloatVector.fromArray(SPECIES, right, at), s0);
        s1 = x.fma(FloatVector.fromArray(SPECIES, right, at + LANES), s1);
        s2 = x.fma(FloatVector.fromArray(SPECIES, right, at + 2 * LANES), s2);
        s3 = x.fma(FloatVector.fromArray(SPECIES, right, at + 3 * LANES), s3);
        s4 = x.fma(FloatVector.fromArray(SPECIES, right, at + 4 * LANES), s4);
        s5 = x.fma(FloatVector.fromArray(SPECIES, right, at + 5 * LANES), s5);
        s6 = x.fma(FloatVector.fromArray(SPECIES, right, at + 6 * LANES), s6);
        s7 = x.fma(FloatVector.fromArray(SPECIES, right, at + 7 * LANES), s7);
      }
      s0.intoArray(sum, row);
      s1.intoArray(sum, row + LANES);
      s2.intoArray(sum, row + 2 * LANES);
      s3.intoArray(sum, row + 3 * LANES);
      s4.intoArray(sum, row + 4 * LANES);
      s5.intoArray(sum, row + 5 * LANES);
      s6.intoArray(sum, row + 6 * LANES);
      s7.intoArray(sum, row + 7 * LANES);
    }
  }

  private static void addMiddle(
      float[] sum, Departures departures, float[] factors, float[] right, int column) {
    int[] indices = departures.indices;
    int stride = departures.rightStride;
    int from = START + column;
    for (int place = 0; place < departures.count; place++) {
      int to = departures.from[place + 1];
      float slope = departures.slopes[place];
      int row = departures.rows[place] + column;
      FloatVector s0 = FloatVector.fromArray(SPECIES, sum, row);
      FloatVector s1 = FloatVector.fromArray(SPECIES, sum, row + LANES);
      FloatVector s2 = FloatVector.fromArray(SPECIES, sum, row + 2 * LANES);
      FloatVector s3 = FloatVector.fromArray(SPECIES, sum, row + 3 * LANES);
      for (int p = departures.from[place]; p < to; p++) {
        int index = indices[p];
        int at = from + index * stride;
        FloatVector x = FloatVector.broadcast(SPECIES, slope * factors[index]);
        s0 = x.fma(FloatVector.fromArray(SPECIES, right, at), s0);
        s1 = x.fma(FloatVector.fromArray(SPECIES, right, at + LANES), s1);
        s2 = x.fma(FloatVector.fromArray(SPECIES, right, at + 2 * LANES), s2);
        s3 = x.fma(FloatVector.fromArray(SPECIES, right, at + 3 * LANES), s3);
      }
      s0.intoArray(sum, row);
      s1.intoArray(sum, row + LANES);
      s2.intoArray(sum, row + 2 * LANES);
      s3.intoArray(sum, row + 3 * LANES);
    }
  }

  private static void addNarrow(
      float[] sum, Departures departures, float[] factors, float[] right, int column) {
    int[] indices = departures.indices;
    int stride = departures.rightStride;
    int from = START + column;
    for (int place = 0; place < departures.count; place++) {
      int to = departures.from[place + 1];
      float slope = departures.slopes[place];
      int row = departures.rows[place] + column;
      FloatVector s0 = FloatVector.fromArray(SPECIES, sum, row);
      FloatVector s1 = FloatVector.fromArray(SPECIES, sum, row + LANES);
      for (int p = departures.from[place]; p < to; p++) {
        int index = indices[p];
        int at = from + index * stride;
        FloatVector x = FloatVector.broadcast(SPECIES, slope * factors[index]);
        s0 = x.fma(FloatVector.fromArray(SPECIES, right, at), s0);
        s1 = x.fma(FloatVector.fromArray(SPECIES, right, at + LANES), s1);
      }
      s0.intoArray(sum, row);
      s1.intoArray(sum, row + LANES);
    }
  }

  /** {@code sum += part}, in so many columns. */
  static void add(float[] part, int partAt, float[] sum, int sumAt, int columns) {
    for (int column = 0; column < columns; column += LANES) {
      FloatVector.fromArray(SPECIES, sum, sumAt + column)
          .add(FloatVector.fromArray(SPECIES, part, partAt + column))
          .intoArray(sum, sumAt + column);
    }
  }
}
