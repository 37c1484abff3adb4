package io.millrace.store;

/** How a commit ended; a refusal is a {@link StoreConflictException}. */
public enum CommitResult {
  /** A new manifest names the segments. */
  COMMITTED,
  /** This run's checkpoint had been committed before: the normal answer after a recovery. */
  ALREADY_COMMITTED,
  /** Nothing was read since the last checkpoint, so there is no new manifest. */
  NOTHING_NEW
}
