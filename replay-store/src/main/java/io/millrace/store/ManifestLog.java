package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committed history of a store: manifest 1, 2, 3, … Used by the one that commits and by those
 * that read. Thread-safe.
 *
 * <p>A manifest is published by a hard link of a file that is complete and on disk, and a link
 * replaces nothing: of two that commit the same sequence one wins, and the other sees what it wrote
 * and judges again.
 */
public final class ManifestLog {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestLog.class);
  private static final Pattern FILE = Pattern.compile("([0-9]{20})\\.manifest");

  /** Nobody takes so long from writing a manifest to linking it. */
  private static final Duration MAX_TEMPORARY_AGE = Duration.ofHours(1);

  private final StoreLayout layout;
  private final Clock clock;
  private final SourceOffsets offsets = new SourceOffsets();
  private final Map<CheckpointId, Long> committed = new HashMap<>();
  private final Set<Attempt> collected = new HashSet<>();
  private StoreManifest last = StoreManifest.getDefaultInstance();

  private record CheckpointId(String runId, long checkpointId) {}

  private record Attempt(String runId, int attempt) {}

  private ManifestLog(StoreLayout layout, Clock clock) {
    this.layout = layout;
    this.clock = clock;
  }

  /**
   * Opens the history, and creates the store's directories if there are none.
   *
   * @throws StoreCorruptionException if a manifest between others is missing
   */
  public static ManifestLog open(StoreLayout layout) throws IOException {
    return open(layout, Clock.systemUTC());
  }

  /** As {@link #open(StoreLayout)}, with the clock that manifests are stamped by. */
  static ManifestLog open(StoreLayout layout, Clock clock) throws IOException {
    DurableFiles.createDirectories(layout.segments());
    DurableFiles.createDirectories(layout.manifests());
    checkComplete(layout);
    return new ManifestLog(layout, clock);
  }

  /**
   * Commits a checkpoint in one atomic step, and, with the first commit of an attempt, deletes the
   * segments that earlier attempts and other runs have left uncommitted.
   *
   * @throws StoreConflictException if the offsets have been committed by somebody else, or the
   *     store is of another topic or specification
   * @throws StoreCorruptionException if a segment that it names is not there, or not as large
   * @throws IllegalArgumentException if its segments and source ranges contradict each other
   */
  public CommitResult commit(Commit commit) throws IOException {
    return commit(commit, true);
  }

  /**
   * As {@link #commit}, for what an earlier run has left to commit: nothing is deleted, since the
   * writers of the run that takes over are at work already.
   */
  public CommitResult commitOfEarlierRun(Commit commit) throws IOException {
    return commit(commit, false);
  }

  private synchronized CommitResult commit(Commit commit, boolean collect) throws IOException {
    var sources = SourceOffsets.merge(commit.sources());
    var segments = new ArrayList<>(commit.segments());
    segments.sort(
        Comparator.comparingInt(SegmentInfo::getPartition)
            .thenComparingLong(SegmentInfo::getFirstOffset));
    SourceOffsets.checkSegments(segments, sources);
    var id = new CheckpointId(commit.runId(), commit.checkpointId());
    while (true) {
      refresh();
      var earlier = committed.get(id);
      if (earlier != null) {
        var manifest = ManifestFile.read(layout.manifest(earlier));
        if (!manifest.getSourcesList().equals(sources)
            || !manifest.getSegmentsList().equals(segments)) {
          throw new StoreConflictException(
              "checkpoint "
                  + commit.checkpointId()
                  + " of run "
                  + commit.runId()
                  + " has been committed as manifest "
                  + earlier
                  + ", with other rows: the job was restored from a checkpoint that is older than"
                  + " the store. Start it without restored state; it continues at the store's"
                  + " offsets");
        }
        return CommitResult.ALREADY_COMMITTED;
      }
      if (sources.isEmpty()) {
        return CommitResult.NOTHING_NEW;
      }
      checkStream(commit);
      offsets.checkContinuedBy(
          sources, "checkpoint " + commit.checkpointId() + " of run " + commit.runId());
      checkFiles(segments);
      long rows = segments.stream().mapToLong(SegmentInfo::getRows).sum();
      long rejected = sources.stream().mapToLong(source -> source.getRejected()).sum();
      var manifest =
          StoreManifest.newBuilder()
              .setSequence(last.getSequence() + 1)
              .setRunId(commit.runId())
              .setCheckpointId(commit.checkpointId())
              .setTopic(commit.topic())
              .setLayoutVersion(BlockFormat.VERSION)
              .setSpecification(commit.spec().toMessage())
              .addAllSegments(segments)
              .addAllSources(sources)
              .setRows(rows)
              .setTotalRows(last.getTotalRows() + rows)
              .setTotalRejected(last.getTotalRejected() + rejected)
              .setCreatedTimeMicros(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()))
              .build();
      if (publish(manifest)) {
        accept(manifest);
        if (collect) {
          collectGarbageOnce(new Attempt(commit.runId(), commit.attempt()));
        }
        return CommitResult.COMMITTED;
      }
    }
  }

  /**
   * All manifests after this sequence, in order; 0 is before the first.
   *
   * @throws StoreCorruptionException naming the file, if one is not whole
   */
  public List<StoreManifest> after(long sequence) throws IOException {
    return read(sequence, Integer.MAX_VALUE);
  }

  /** At most so many manifests after this sequence. */
  List<StoreManifest> read(long sequence, int limit) throws IOException {
    var manifests = new ArrayList<StoreManifest>();
    for (long next = sequence + 1; manifests.size() < limit; next++) {
      var file = layout.manifest(next);
      try {
        manifests.add(read(file, next));
      } catch (NoSuchFileException e) {
        break;
      }
    }
    return manifests;
  }

  /** The newest manifest. */
  public synchronized Optional<StoreManifest> last() throws IOException {
    refresh();
    return last.getSequence() == 0 ? Optional.empty() : Optional.of(last);
  }

  /** Partition → the next offset to read: where an ingest job without state of its own starts. */
  public synchronized Map<Integer, Long> committedOffsets() throws IOException {
    refresh();
    return offsets.ends();
  }

  /** Sequences of the manifests that are there, sorted. */
  static List<Long> sequences(StoreLayout layout) throws IOException {
    try (var files = Files.list(layout.manifests())) {
      return files
          .map(file -> FILE.matcher(file.getFileName().toString()))
          .filter(matcher -> matcher.matches())
          .map(matcher -> Long.parseLong(matcher.group(1)))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Reads a manifest and checks that it is the one that its name says. */
  static StoreManifest read(Path file, long sequence) throws IOException {
    var manifest = ManifestFile.read(file);
    if (manifest.getSequence() != sequence) {
      throw new StoreCorruptionException(file + ": holds manifest " + manifest.getSequence());
    }
    if (manifest.getLayoutVersion() != BlockFormat.VERSION) {
      throw new StoreCorruptionException(
          file
              + ": names segments of layout version "
              + manifest.getLayoutVersion()
              + ": this build reads "
              + BlockFormat.VERSION);
    }
    return manifest;
  }

  private static void checkComplete(StoreLayout layout) throws IOException {
    long expected = 1;
    for (long sequence : sequences(layout)) {
      if (sequence != expected) {
        throw new StoreCorruptionException(
            layout.manifest(expected) + ": is missing, but manifest " + sequence + " is there");
      }
      expected++;
    }
  }

  private void refresh() throws IOException {
    for (var manifest : after(last.getSequence())) {
      accept(manifest);
    }
  }

  private void accept(StoreManifest manifest) throws StoreCorruptionException {
    if (manifest.getTotalRows() != last.getTotalRows() + manifest.getRows()) {
      throw new StoreCorruptionException(
          layout.manifest(manifest.getSequence())
              + ": "
              + manifest.getTotalRows()
              + " rows in all do not follow from "
              + last.getTotalRows()
              + " before it and "
              + manifest.getRows()
              + " of its own");
    }
    offsets.advance(manifest.getSourcesList());
    committed.put(
        new CheckpointId(manifest.getRunId(), manifest.getCheckpointId()), manifest.getSequence());
    last = manifest;
  }

  private boolean publish(StoreManifest manifest) throws IOException {
    var temporary = layout.manifests().resolve("." + UUID.randomUUID() + ".tmp");
    try {
      DurableFiles.publish(
          temporary, layout.manifest(manifest.getSequence()), ManifestFile.encode(manifest));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private void checkStream(Commit commit) throws StoreConflictException {
    if (last.getSequence() == 0) {
      return;
    }
    if (!last.getTopic().equals(commit.topic())) {
      throw new StoreConflictException(
          layout.root()
              + ": holds topic "
              + last.getTopic()
              + ", and topic "
              + commit.topic()
              + " needs a store of its own");
    }
    var spec = StreamSpec.of(last.getSpecification());
    if (!spec.equals(commit.spec())) {
      throw new StoreConflictException(
          layout.root()
              + ": holds "
              + spec
              + ", and "
              + commit.spec()
              + " needs a store of its own");
    }
  }

  private void checkFiles(List<SegmentInfo> segments) throws StoreCorruptionException {
    for (var segment : segments) {
      if (SegmentName.parse(segment.getPath()).isEmpty()) {
        throw new IllegalArgumentException(
            "segment path '" + segment.getPath() + "': no segment writer gives such a path");
      }
      checkFile(layout, segment);
    }
  }

  /** Checks that a segment is there and as large as its manifest says. */
  static void checkFile(StoreLayout layout, SegmentInfo segment) throws StoreCorruptionException {
    var file = layout.root().resolve(segment.getPath());
    long size;
    try {
      size = Files.size(file);
    } catch (IOException e) {
      throw new StoreCorruptionException(file + ": cannot be found: " + e, e);
    }
    if (size != segment.getSizeBytes()) {
      throw new StoreCorruptionException(
          file + ": has " + size + " bytes, and its manifest says " + segment.getSizeBytes());
    }
  }

  /**
   * Deletes what nobody will ever commit: segments that no manifest names and that no writer of
   * this attempt, or of a later one, may still be writing. The commit stands whether or not this
   * succeeds, so a failure is only logged, and the next commit tries again.
   */
  private void collectGarbageOnce(Attempt attempt) {
    if (collected.contains(attempt)) {
      return;
    }
    try {
      collectGarbage(attempt);
      collected.add(attempt);
    } catch (IOException e) {
      LOG.warn("{}: uncommitted segments cannot be collected: {}", layout.root(), e.toString());
    }
  }

  private void collectGarbage(Attempt attempt) throws IOException {
    var named = new HashSet<String>();
    for (long sequence = 1; sequence <= last.getSequence(); sequence++) {
      for (var segment : read(layout.manifest(sequence), sequence).getSegmentsList()) {
        named.add(segment.getPath());
      }
    }
    int files = 0;
    long bytes = 0;
    for (var run : list(layout.segments())) {
      for (var file : list(run)) {
        var path = "segments/" + run.getFileName() + "/" + file.getFileName();
        var name = SegmentName.parse(path);
        boolean mayBeCommitted =
            name.isEmpty()
                || named.contains(path)
                || (name.get().runId().equals(attempt.runId())
                    && name.get().attempt() >= attempt.attempt());
        if (!mayBeCommitted) {
          bytes += delete(file);
          files++;
        }
      }
    }
    for (var file : list(layout.manifests())) {
      // A young one may be that of another committer, just about to be linked.
      var oldest = clock.instant().minus(MAX_TEMPORARY_AGE);
      if (file.getFileName().toString().endsWith(".tmp")
          && Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
        delete(file);
      }
    }
    if (files > 0) {
      LOG.info(
          "{}: deleted {} segments that were never committed, {} bytes",
          layout.root(),
          files,
          bytes);
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var files = Files.list(directory)) {
      return files.toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static long delete(Path file) {
    try {
      long size = Files.size(file);
      Files.deleteIfExists(file);
      return size;
    } catch (IOException e) {
      LOG.warn("{}: cannot be deleted: {}", file, e.toString());
      return 0;
    }
  }
}
