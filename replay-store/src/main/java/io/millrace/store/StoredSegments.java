package io.millrace.store;

import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.StoreManifest;
import java.util.Arrays;

/**
 * The segments that a reader has applied, in the order of their rows. Immutable: applying more
 * makes another one, which may share the array, since nobody looks past his own length.
 */
final class StoredSegments {
  static final StoredSegments EMPTY = new StoredSegments(new StoredSegment[16], 0, 0, 0);

  private final StoredSegment[] segments;
  private final int length;
  private final long sequence;
  private final long rows;

  private StoredSegments(StoredSegment[] segments, int length, long sequence, long rows) {
    this.segments = segments;
    this.length = length;
    this.sequence = sequence;
    this.rows = rows;
  }

  /** With one more manifest applied. Only ever called on the newest, by one thread. */
  StoredSegments with(StoreManifest manifest) {
    int needed = length + manifest.getSegmentsCount();
    // The empty one is shared by all stores, so what it has room for is nobody's.
    var grown =
        needed > segments.length || this == EMPTY
            ? Arrays.copyOf(segments, Math.max(needed, 2 * segments.length))
            : segments;
    int at = length;
    long firstRow = rows;
    for (SegmentInfo info : manifest.getSegmentsList()) {
      grown[at++] = new StoredSegment(info, manifest.getSequence(), firstRow);
      firstRow += info.getRows();
    }
    return new StoredSegments(grown, at, manifest.getSequence(), firstRow);
  }

  int length() {
    return length;
  }

  StoredSegment get(int at) {
    return segments[at];
  }

  /** Of the last manifest applied, 0 for none. */
  long sequence() {
    return sequence;
  }

  long rows() {
    return rows;
  }

  /** Which segment holds this row, from 0 to {@link #rows}, exclusive. */
  int holding(long row) {
    int low = 0;
    int high = length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments[middle].firstRow() <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Number of the first row that this manifest or a later one committed. */
  long firstRowFrom(long fromSequence) {
    int low = 0;
    int high = length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (segments[middle].sequence() >= fromSequence) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == length ? rows : segments[low].firstRow();
  }
}
