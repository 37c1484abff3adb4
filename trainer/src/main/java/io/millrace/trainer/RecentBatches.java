package io.millrace.trainer;

import java.util.Optional;

/**
 * The rows of the last updates, by their numbers in the store, so that an update that is found to
 * have failed some updates later can be traced to them. At most {@value #MAX_UPDATES} updates and
 * 32 MiB, but always one update.
 */
final class RecentBatches {
  private static final int MAX_UPDATES = 1_000;
  private static final int MAX_ROWS = 1 << 22;

  private final long[] rows;
  private final int batchSize;
  private final int updates;
  private long last;
  private long first = 1;

  RecentBatches(int batchSize) {
    this.batchSize = batchSize;
    updates = Math.max(1, Math.min(MAX_UPDATES, MAX_ROWS / batchSize));
    rows = new long[updates * batchSize];
  }

  /** How many updates it remembers. */
  int updates() {
    return updates;
  }

  /** Remembers the rows of an update; updates that do not follow on the last begin anew. */
  void add(long update, long[] rowNumbers) {
    if (update != last + 1) {
      first = update;
    }
    last = update;
    System.arraycopy(rowNumbers, 0, rows, start(update), batchSize);
  }

  /** The rows of an update; empty if it is forgotten, or was none of these. */
  Optional<long[]> rows(long update) {
    if (update < first || update > last || update <= last - updates) {
      return Optional.empty();
    }
    var found = new long[batchSize];
    System.arraycopy(rows, start(update), found, 0, batchSize);
    return Optional.of(found);
  }

  private int start(long update) {
    return (int) (update % updates) * batchSize;
  }
}
