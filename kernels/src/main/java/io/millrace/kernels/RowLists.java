package io.millrace.kernels;

/**
 * What the rows are made of that {@link Panels#rows} computes: for each a row that its sum starts
 * with, and a list of rows with factors.
 */
final class RowLists {
  /** Rows that are computed. */
  int count;

  /** Where each list begins and ends. */
  final int[] from;

  final int[] to;

  /** Where the row begins that a sum starts with, and the one that it goes to. */
  final int[] startAt;

  final int[] outAt;

  /** Where the lists' rows begin in their matrix, and their factors. */
  final int[] rows;

  final float[] factors;

  /**
   * Empty lists.
   *
   * @param most rows that are computed
   * @param entries of all lists
   */
  RowLists(int most, int entries) {
    from = new int[most];
    to = new int[most];
    startAt = new int[most];
    outAt = new int[most];
    rows = new int[entries];
    factors = new float[entries];
  }
}
