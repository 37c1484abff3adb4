package io.millrace.store;

import io.millrace.store.WindowRange.EventTimeRange;
import io.millrace.store.WindowRange.OffsetRange;
import io.millrace.store.WindowRange.RowRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds which runs of which blocks make a window. Segments and blocks that lie outside of it are
 * left out by what the manifests and the segments' indexes say of them; only blocks that lie across
 * an edge are looked into.
 */
final class WindowPlanner {
  private static final int BLOCKS_PER_TAKE = 16;

  private final StoredSegments segments;
  private final BlockFormat format;
  private final BlockScan scan;
  private final ReaderDatabase database;

  /** A block of which some rows may belong to the window: all, if there are no runs. */
  private record Candidate(StoredSegment segment, int block, boolean whole) {}

  WindowPlanner(
      StoredSegments segments, BlockFormat format, BlockScan scan, ReaderDatabase database) {
    this.segments = segments;
    this.format = format;
    this.scan = scan;
    this.database = database;
  }

  /** Ranges of row numbers, one after the other. */
  WindowPlan ranges(List<RowRange> ranges) throws IOException {
    var reads = new BlockReads();
    long target = 0;
    for (var range : ranges) {
      if (range.to() > segments.rows()) {
        throw new IndexOutOfBoundsException(
            "rows " + range.from() + " to " + range.to() + " of " + segments.rows());
      }
      target = add(range, reads, target);
    }
    return new WindowPlan(reads, target);
  }

  /** Single rows by number, in the order given. */
  WindowPlan gather(long[] rowNumbers) throws IOException {
    // By number, so that the rows of a block are next to each other; number and place in one long.
    var sorted = new long[rowNumbers.length];
    for (int i = 0; i < sorted.length; i++) {
      checkRow(rowNumbers[i]);
      sorted[i] = Math.addExact(Math.multiplyExact(rowNumbers[i], (long) sorted.length), i);
    }
    Arrays.sort(sorted);
    var reads = new BlockReads();
    StoredSegment segment = null;
    BlockIndex index = null;
    for (long both : sorted) {
      long row = both / sorted.length;
      if (segment == null || row >= segment.firstRow() + segment.rows()) {
        segment = segments.get(segments.holding(row));
        index = index(segment);
      }
      long inSegment = row - segment.firstRow();
      int block = index.blockOf(inSegment);
      int inBlock = (int) (inSegment - index.firstRow(block));
      reads.add(segment, block, inBlock, 1, both % sorted.length);
    }
    return new WindowPlan(reads, sorted.length);
  }

  /** Rows of one partition by offset. */
  WindowPlan offsets(OffsetRange range) throws IOException {
    var candidates = new ArrayList<Candidate>();
    for (int i = 0; i < segments.length(); i++) {
      var segment = segments.get(i);
      if (segment.partition() == range.partition()
          && segment.lastOffset() >= range.from()
          && segment.firstOffset() < range.to()) {
        var index = index(segment);
        for (int block = 0; block < index.blocks(); block++) {
          long first = index.firstOffset(block);
          long last = index.lastOffset(block);
          if (last >= range.from() && first < range.to()) {
            boolean whole = first >= range.from() && last < range.to();
            candidates.add(new Candidate(segment, block, whole));
          }
        }
      }
    }
    return plan(candidates, view -> view.runs(format.offsetsAt(), range.from(), range.to()));
  }

  /** Rows by event time. */
  WindowPlan eventTimes(EventTimeRange range) throws IOException {
    var candidates = new ArrayList<Candidate>();
    for (int i = 0; i < segments.length(); i++) {
      var segment = segments.get(i);
      if (segment.maxEventTime() >= range.fromMicros()
          && segment.minEventTime() < range.toMicros()) {
        var index = index(segment);
        for (int block = 0; block < index.blocks(); block++) {
          long min = index.minEventTime(block);
          long max = index.maxEventTime(block);
          if (max >= range.fromMicros() && min < range.toMicros()) {
            boolean whole = min >= range.fromMicros() && max < range.toMicros();
            candidates.add(new Candidate(segment, block, whole));
          }
        }
      }
    }
    return plan(
        candidates,
        view -> view.runs(format.eventTimesAt(view.rows()), range.fromMicros(), range.toMicros()));
  }

  /** The rows of the block that holds a row. */
  RowRange block(long rowNumber) throws IOException {
    checkRow(rowNumber);
    var segment = segments.get(segments.holding(rowNumber));
    var index = index(segment);
    int block = index.blockOf(rowNumber - segment.firstRow());
    long from = segment.firstRow() + index.firstRow(block);
    return new RowRange(from, from + index.rows(block));
  }

  BlockIndex index(StoredSegment segment) throws IOException {
    return segment.index(missing -> database.index(missing, format.rowsPerBlock()));
  }

  private void checkRow(long row) {
    if (row < 0 || row >= segments.rows()) {
      throw new IndexOutOfBoundsException("row " + row + " of " + segments.rows());
    }
  }

  private long add(RowRange range, BlockReads reads, long firstTarget) throws IOException {
    long target = firstTarget;
    int at = segments.holding(range.from());
    for (long row = range.from(); row < range.to(); at++) {
      var segment = segments.get(at);
      var index = index(segment);
      long end = Math.min(range.to(), segment.firstRow() + segment.rows());
      while (row < end) {
        long inSegment = row - segment.firstRow();
        int block = index.blockOf(inSegment);
        int inBlock = (int) (inSegment - index.firstRow(block));
        int count = (int) Math.min(index.rows(block) - inBlock, end - row);
        reads.add(segment, block, inBlock, count, target);
        target += count;
        row += count;
      }
    }
    return target;
  }

  /** Looks into the blocks that lie across an edge, and puts all runs one after the other. */
  private WindowPlan plan(List<Candidate> candidates, RunFinder finder) throws IOException {
    var edges = new int[candidates.size()][];
    scan.run(
        candidates.size(),
        BLOCKS_PER_TAKE,
        true,
        (from, to, cursor) -> {
          for (int i = from; i < to; i++) {
            var candidate = candidates.get(i);
            if (!candidate.whole()) {
              var segment = candidate.segment();
              cursor.read(segment, index(segment), candidate.block());
              edges[i] = finder.find(cursor.view());
            }
          }
        });
    var reads = new BlockReads();
    long target = 0;
    for (int i = 0; i < edges.length; i++) {
      var candidate = candidates.get(i);
      int rows = index(candidate.segment()).rows(candidate.block());
      var runs = candidate.whole() ? new int[] {0, rows} : edges[i];
      for (int run = 0; run < runs.length; run += 2) {
        int count = runs[run + 1] - runs[run];
        reads.add(candidate.segment(), candidate.block(), runs[run], count, target);
        target += count;
      }
    }
    return new WindowPlan(reads, target);
  }

  /** Finds the runs of a block's rows that belong to a window. */
  @FunctionalInterface
  private interface RunFinder {
    int[] find(BlockView view);
  }
}
