package io.millrace.trainer.window;

/** Rows of the store in slots; which they are follows from how many rows came in. */
interface WindowRows {
  /** How many rows it holds: slots 0 to this. */
  int size();

  /**
   * Takes rows in; every row of the store must come once, in order.
   *
   * @param firstRow number of the first of them in the store
   */
  void append(long firstRow, TransitionRows.Columns columns);

  /** Number in the store of the row in a slot. */
  long rowNumber(int slot);

  /** Slot of the row with this number in the store, -1 if it is not held. */
  int slot(long rowNumber);

  TransitionRows rows();
}
