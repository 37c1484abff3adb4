package io.millrace.store;

/**
 * Which rows a window holds. Every range is half-open: from is in it, to is not.
 *
 * <p>Rows are numbered from 0 in commit order, and within a manifest by partition and offset.
 */
public sealed interface WindowRange {
  /** The newest rows; all of them if the store has fewer. */
  record LastRows(long rows) implements WindowRange {
    public LastRows {
      if (rows < 0) {
        throw new IllegalArgumentException("rows: expected 0 or more, got " + rows);
      }
    }
  }

  /** Rows by number. */
  record RowRange(long from, long to) implements WindowRange {
    public RowRange {
      checkOrder("row", from, to);
    }

    /** How many rows. */
    public long rows() {
      return to - from;
    }
  }

  /** Rows by event time, in microseconds since 1970-01-01T00:00:00Z. */
  record EventTimeRange(long fromMicros, long toMicros) implements WindowRange {
    public EventTimeRange {
      if (fromMicros > toMicros) {
        throw new IllegalArgumentException(
            "event time range: from " + fromMicros + " is after to " + toMicros);
      }
    }
  }

  /** Rows of one Kafka partition by offset. */
  record OffsetRange(int partition, long from, long to) implements WindowRange {
    public OffsetRange {
      if (partition < 0) {
        throw new IllegalArgumentException("partition: expected 0 or more, got " + partition);
      }
      checkOrder("offset", from, to);
    }
  }

  /** Rows by the sequence of the manifest that committed them. */
  record ManifestRange(long fromSequence, long toSequence) implements WindowRange {
    public ManifestRange {
      checkOrder("manifest", fromSequence, toSequence);
    }
  }

  private static void checkOrder(String what, long from, long to) {
    if (from < 0 || from > to) {
      throw new IllegalArgumentException(
          what + " range: expected 0 <= from <= to, got " + from + " and " + to);
    }
  }
}
