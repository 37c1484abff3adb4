package io.millrace.store;

import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How far each partition of the source has been committed, and what may be committed next. */
final class SourceOffsets {
  private final Map<Integer, Long> ends = new TreeMap<>();

  /** Partition → the next offset. */
  Map<Integer, Long> ends() {
    return new TreeMap<>(ends);
  }

  void advance(List<SourceRange> ranges) {
    for (var range : ranges) {
      ends.merge(range.getPartition(), range.getEndOffset(), Math::max);
    }
  }

  /**
   * Checks that ranges continue where the store ends. They may leave out offsets, since Kafka does:
   * transaction markers and what compaction took.
   *
   * @param ranges in the form that {@link #merge} gives
   * @param who for the message
   */
  void checkContinuedBy(List<SourceRange> ranges, String who) throws StoreConflictException {
    for (var range : ranges) {
      long end = ends.getOrDefault(range.getPartition(), 0L);
      if (range.getStartOffset() < end) {
        throw new StoreConflictException(
            who
                + " commits offsets "
                + range.getStartOffset()
                + " to "
                + range.getEndOffset()
                + " (exclusive) of partition "
                + range.getPartition()
                + ", but the store has been committed up to "
                + end
                + ": another ingest job writes to this store, or this one was restored from a"
                + " checkpoint that is older than the store. Start one job, without restored state;"
                + " it continues at the store's offsets");
      }
    }
  }

  /** One range a partition, by partition; the writers of a checkpoint may each bring several. */
  static List<SourceRange> merge(List<SourceRange> ranges) throws StoreConflictException {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(
        Comparator.comparingInt(SourceRange::getPartition)
            .thenComparingLong(SourceRange::getStartOffset));
    var merged = new ArrayList<SourceRange>();
    for (var range : sorted) {
      if (range.getStartOffset() < 0 || range.getStartOffset() >= range.getEndOffset()) {
        throw new IllegalArgumentException(
            "source range of partition "
                + range.getPartition()
                + ": expected 0 <= start < end, got "
                + range.getStartOffset()
                + " and "
                + range.getEndOffset());
      }
      var last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last == null || last.getPartition() != range.getPartition()) {
        merged.add(range);
      } else if (range.getStartOffset() < last.getEndOffset()) {
        throw new StoreConflictException(
            "two writers of one checkpoint both read partition "
                + range.getPartition()
                + " from offset "
                + range.getStartOffset());
      } else {
        merged.set(
            merged.size() - 1,
            last.toBuilder()
                .setEndOffset(range.getEndOffset())
                .setRejected(last.getRejected() + range.getRejected())
                .build());
      }
    }
    return merged;
  }

  /** Checks that segments lie in the ranges, one after the other, and fill no more than them. */
  static void checkSegments(List<SegmentInfo> segments, List<SourceRange> merged) {
    var free = new TreeMap<Integer, Long>();
    var ranges = new TreeMap<Integer, SourceRange>();
    for (var range : merged) {
      ranges.put(range.getPartition(), range);
      free.put(
          range.getPartition(),
          range.getEndOffset() - range.getStartOffset() - range.getRejected());
    }
    SegmentInfo last = null;
    for (var segment : segments) {
      var range = ranges.get(segment.getPartition());
      boolean inRange =
          range != null
              && segment.getFirstOffset() >= range.getStartOffset()
              && segment.getLastOffset() < range.getEndOffset();
      boolean inOrder =
          last == null
              || last.getPartition() != segment.getPartition()
              || last.getLastOffset() < segment.getFirstOffset();
      long span = segment.getLastOffset() - segment.getFirstOffset() + 1;
      if (!inRange || !inOrder || segment.getRows() < 1 || segment.getRows() > span) {
        throw new IllegalArgumentException(
            segment.getPath()
                + ": "
                + segment.getRows()
                + " rows of offsets "
                + segment.getFirstOffset()
                + " to "
                + segment.getLastOffset()
                + " of partition "
                + segment.getPartition()
                + " do not fit into the checkpoint's source ranges");
      }
      last = segment;
      if (free.merge(segment.getPartition(), -segment.getRows(), Long::sum) < 0) {
        throw new IllegalArgumentException(
            "partition "
                + segment.getPartition()
                + ": more rows and refused records than its source range has offsets");
      }
    }
  }
}
