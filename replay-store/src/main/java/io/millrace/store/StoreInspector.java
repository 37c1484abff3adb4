package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Looks at the files of a store themselves, without a reader of its own: verify and sample. */
public final class StoreInspector {
  /** Beyond this many the rest is not listed; whoever has so many looks at the disk. */
  private static final int MAX_PROBLEMS = 1000;

  /** Pairs of episode and step held at once, about 50 MB; a larger store is read several times. */
  private static final long MAX_PAIRS = 1 << 21;

  /** Stands for the rows up to a manifest that is missing or not whole. */
  private static final long UNKNOWN = -1;

  private StoreInspector() {}

  /**
   * Reads every committed byte: checksums of manifests and segments, every block of every segment,
   * order of offsets, and rows that occur twice. A store that is written to meanwhile is verified
   * up to the manifest that was the last when this began.
   *
   * @param progress is told the bytes verified so far and in all, after each segment
   * @throws IOException if a directory cannot be listed; what is wrong with a file is a problem in
   *     the result
   */
  public static Verification verify(StoreLayout layout, Progress progress) throws IOException {
    var problems = new ArrayList<String>();
    var manifests = verifyManifests(layout, problems);
    long totalBytes = 0;
    long segments = 0;
    long rows = 0;
    long rejected = 0;
    for (var manifest : manifests) {
      segments += manifest.getSegmentsCount();
      rows += manifest.getRows();
      totalBytes += manifest.getSegmentsList().stream().mapToLong(SegmentInfo::getSizeBytes).sum();
      rejected += manifest.getSourcesList().stream().mapToLong(range -> range.getRejected()).sum();
    }
    var sound = new ArrayList<Located>();
    long bytes = 0;
    for (var manifest : manifests) {
      var spec = StreamSpec.of(manifest.getSpecification());
      for (var segment : manifest.getSegmentsList()) {
        try {
          verifySegment(layout, spec, segment);
          sound.add(new Located(spec, segment));
        } catch (IOException e) {
          report(problems, e.getMessage());
        }
        bytes += segment.getSizeBytes();
        progress.verified(bytes, totalBytes);
      }
    }
    return new Verification(
        manifests.size(),
        segments,
        rows,
        rejected,
        totalBytes,
        duplicates(layout, sound),
        problems);
  }

  /**
   * Counts rows that occur twice, by offset and by step of an episode.
   *
   * @throws StoreCorruptionException naming the first file that cannot be read
   */
  public static Duplicates duplicates(StoreLayout layout) throws IOException {
    return duplicates(layout, segments(layout));
  }

  /**
   * Gives rows drawn uniformly, with replacement; which ones follows from the seed. None if the
   * store has none.
   *
   * @param sink is given each row, a new one each time, in the order drawn
   * @throws StoreCorruptionException naming the first file that cannot be read
   */
  public static void sample(StoreLayout layout, int rows, long seed, Consumer<Row> sink)
      throws IOException {
    if (rows < 0) {
      throw new IllegalArgumentException("rows: expected 0 or more, got " + rows);
    }
    var segments = segments(layout);
    long total = segments.stream().mapToLong(located -> located.segment().getRows()).sum();
    if (total == 0) {
      return;
    }
    var drawn = new SplittableRandom(seed).longs(rows, 0, total).toArray();
    var order = new ArrayList<Integer>(rows);
    for (int i = 0; i < rows; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingLong(i -> drawn[i]));
    var found = new Row[rows];
    long first = 0;
    int next = 0;
    for (var located : segments) {
      long end = first + located.segment().getRows();
      if (next < rows && drawn[order.get(next)] < end) {
        try (var reader = new SegmentReader(layout, located.spec(), located.segment())) {
          for (; next < rows && drawn[order.get(next)] < end; next++) {
            found[order.get(next)] = row(reader, located.spec(), drawn[order.get(next)] - first);
          }
        }
      }
      first = end;
    }
    Arrays.stream(found).forEach(sink);
  }

  private static Row row(SegmentReader reader, StreamSpec spec, long inSegment) throws IOException {
    int block = reader.index().blockOf(inSegment);
    var view = reader.read(block);
    var row = new Row(spec);
    view.get(
        (int) (inSegment - reader.index().firstRow(block)), view.dictionary(reader.segment()), row);
    return row;
  }

  /** Those that are whole, in order. */
  private static List<StoreManifest> verifyManifests(StoreLayout layout, List<String> problems)
      throws IOException {
    var manifests = new ArrayList<StoreManifest>();
    var offsets = new SourceOffsets();
    long expected = 1;
    long totalRows = 0;
    for (long sequence : ManifestLog.sequences(layout)) {
      var file = layout.manifest(sequence);
      if (sequence != expected) {
        report(problems, layout.manifest(expected) + ": is missing, but " + file + " is there");
        totalRows = UNKNOWN;
      }
      expected = sequence + 1;
      try {
        var manifest = ManifestLog.read(file, sequence);
        manifests.add(manifest);
        if (totalRows != UNKNOWN && manifest.getTotalRows() != totalRows + manifest.getRows()) {
          report(
              problems,
              file
                  + ": "
                  + manifest.getTotalRows()
                  + " rows in all do not follow from "
                  + totalRows
                  + " before it and "
                  + manifest.getRows()
                  + " of its own");
        }
        totalRows = manifest.getTotalRows();
        offsets.checkContinuedBy(manifest.getSourcesList(), file.toString());
        offsets.advance(manifest.getSourcesList());
      } catch (StoreConflictException e) {
        report(problems, e.getMessage());
      } catch (IOException e) {
        report(problems, e.getMessage());
        totalRows = UNKNOWN;
      }
    }
    return manifests;
  }

  private static void verifySegment(StoreLayout layout, StreamSpec spec, SegmentInfo segment)
      throws IOException {
    ManifestLog.checkFile(layout, segment);
    var file = layout.root().resolve(segment.getPath());
    int crc = DurableFiles.crc32c(file);
    if (crc != segment.getCrc32C()) {
      throw new StoreCorruptionException(
          String.format(
              "%s: CRC-32C is %08x, and its manifest says %08x", file, crc, segment.getCrc32C()));
    }
    try (var reader = new SegmentReader(layout, spec, segment)) {
      var index = reader.index();
      long minEventTime = Long.MAX_VALUE;
      long maxEventTime = Long.MIN_VALUE;
      for (int block = 0; block < index.blocks(); block++) {
        minEventTime = Math.min(minEventTime, index.minEventTime(block));
        maxEventTime = Math.max(maxEventTime, index.maxEventTime(block));
      }
      if (index.firstOffset(0) != segment.getFirstOffset()
          || index.lastOffset(index.blocks() - 1) != segment.getLastOffset()
          || minEventTime != segment.getMinEventTimeMicros()
          || maxEventTime != segment.getMaxEventTimeMicros()) {
        throw new StoreCorruptionException(
            file + ": its offsets or event times are not those that its manifest says");
      }
      reader.forEach((block, view) -> verifyBlock(file.toString(), reader, block, view));
    }
  }

  private static void verifyBlock(String file, SegmentReader reader, int block, BlockView view)
      throws IOException {
    view.dictionary(reader.segment());
    long minEventTime = Long.MAX_VALUE;
    long maxEventTime = Long.MIN_VALUE;
    boolean rising = true;
    for (int row = 0; row < view.rows(); row++) {
      rising &= row == 0 || view.offset(row) > view.offset(row - 1);
      minEventTime = Math.min(minEventTime, view.eventTime(row));
      maxEventTime = Math.max(maxEventTime, view.eventTime(row));
    }
    var index = reader.index();
    if (!rising
        || view.offset(0) != index.firstOffset(block)
        || view.offset(view.rows() - 1) != index.lastOffset(block)
        || minEventTime != index.minEventTime(block)
        || maxEventTime != index.maxEventTime(block)) {
      throw new StoreCorruptionException(
          file + ": the rows of block " + block + " are not those that its header says");
    }
  }

  private static Duplicates duplicates(StoreLayout layout, List<Located> segments)
      throws IOException {
    return new Duplicates(duplicateOffsets(layout, segments), duplicateSteps(layout, segments));
  }

  /**
   * Segments whose ranges of offsets do not touch cannot share one; those that do are looked into
   * together.
   */
  private static long duplicateOffsets(StoreLayout layout, List<Located> segments)
      throws IOException {
    Map<Integer, List<Located>> byPartition = new TreeMap<>();
    for (var located : segments) {
      byPartition
          .computeIfAbsent(located.segment().getPartition(), partition -> new ArrayList<>())
          .add(located);
    }
    long duplicates = 0;
    for (var partition : byPartition.values()) {
      partition.sort(Comparator.comparingLong(located -> located.segment().getFirstOffset()));
      var touching = new ArrayList<Located>();
      long end = Long.MIN_VALUE;
      for (var located : partition) {
        if (located.segment().getFirstOffset() > end) {
          duplicates += countEqualOffsets(layout, touching);
          touching.clear();
        }
        touching.add(located);
        end = Math.max(end, located.segment().getLastOffset());
      }
      duplicates += countEqualOffsets(layout, touching);
    }
    return duplicates;
  }

  private static long countEqualOffsets(StoreLayout layout, List<Located> segments)
      throws IOException {
    long rows = segments.stream().mapToLong(located -> located.segment().getRows()).sum();
    var offsets = new long[Math.toIntExact(rows)];
    int length = 0;
    for (var located : segments) {
      try (var reader = new SegmentReader(layout, located.spec(), located.segment())) {
        for (int block = 0; block < reader.index().blocks(); block++) {
          var view = reader.read(block);
          for (int row = 0; row < view.rows(); row++) {
            offsets[length++] = view.offset(row);
          }
        }
      }
    }
    Arrays.sort(offsets);
    long equal = 0;
    for (int i = 1; i < length; i++) {
      equal += offsets[i] == offsets[i - 1] ? 1 : 0;
    }
    return equal;
  }

  private static long duplicateSteps(StoreLayout layout, List<Located> segments)
      throws IOException {
    long rows = segments.stream().mapToLong(located -> located.segment().getRows()).sum();
    long passes = (rows + MAX_PAIRS - 1) / MAX_PAIRS;
    var seen = new EpisodeSteps();
    long duplicates = 0;
    for (long pass = 0; pass < passes; pass++) {
      seen.clear();
      for (var located : segments) {
        duplicates += addAll(layout, located, passes, pass, seen);
      }
    }
    return duplicates;
  }

  /** Adds the pairs that this pass is for, and counts those that were there already. */
  private static long addAll(
      StoreLayout layout, Located located, long passes, long pass, EpisodeSteps seen)
      throws IOException {
    long present = 0;
    try (var reader = new SegmentReader(layout, located.spec(), located.segment())) {
      for (int block = 0; block < reader.index().blocks(); block++) {
        var view = reader.read(block);
        for (int row = 0; row < view.rows(); row++) {
          long episode = view.episodeId(row);
          int step = view.step(row);
          boolean ours =
              Long.remainderUnsigned(EpisodeSteps.hash(episode, step) >>> 32, passes) == pass;
          if (ours && !seen.add(episode, step)) {
            present++;
          }
        }
      }
    }
    return present;
  }

  private static List<Located> segments(StoreLayout layout) throws IOException {
    var segments = new ArrayList<Located>();
    for (long sequence : ManifestLog.sequences(layout)) {
      var manifest = ManifestLog.read(layout.manifest(sequence), sequence);
      var spec = StreamSpec.of(manifest.getSpecification());
      for (var segment : manifest.getSegmentsList()) {
        segments.add(new Located(spec, segment));
      }
    }
    return segments;
  }

  private static void report(List<String> problems, String problem) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(problem);
    }
  }

  /** A segment, and what its rows look like. */
  private record Located(StreamSpec spec, SegmentInfo segment) {}

  /** Is told how far a verification has come. */
  @FunctionalInterface
  public interface Progress {
    /** Called after each segment. */
    void verified(long bytes, long totalBytes);
  }

  /**
   * What a verification found.
   *
   * @param manifests that are whole; the counts that follow are theirs
   * @param duplicates in the segments that are whole
   * @param problems one sentence each, naming the file, at most 1,000; empty if all is well
   */
  public record Verification(
      long manifests,
      long segments,
      long rows,
      long rejected,
      long sizeBytes,
      Duplicates duplicates,
      List<String> problems) {
    public Verification {
      problems = List.copyOf(problems);
    }

    /** True if nothing is wrong with the store; a pair of episode and step may be there twice. */
    public boolean sound() {
      return problems.isEmpty() && duplicates.offsets() == 0;
    }
  }

  /**
   * Rows that occur more than once, each counted once less than it occurs.
   *
   * @param offsets by (partition, offset): a fault of the pipeline
   * @param steps by (episode, step): a fault of the producer, or of its numbering
   */
  public record Duplicates(long offsets, long steps) {}
}
