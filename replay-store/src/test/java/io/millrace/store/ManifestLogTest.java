package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.v1.SourceRange;
import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestLogTest {
  @TempDir Path root;
  private StoreFixture store;
  private ManifestLog log;

  @BeforeEach
  void createStore() throws IOException {
    store = new StoreFixture(root, 3, 2, 1);
    log = ManifestLog.open(store.layout);
  }

  @Test
  void aCommitThatComesAgainIsRecognised() throws IOException {
    var commit = store.commit("run", 0, 1, write("run", 0, 100, 50));
    assertThat(log.commit(commit)).isEqualTo(CommitResult.COMMITTED);
    assertThat(log.commit(commit)).isEqualTo(CommitResult.ALREADY_COMMITTED);
    assertThat(ManifestLog.open(store.layout).commit(commit))
        .isEqualTo(CommitResult.ALREADY_COMMITTED);
    assertThat(log.after(0)).hasSize(1);
  }

  @Test
  void aCheckpointWithoutRecordsMakesNoManifest() throws IOException {
    var empty = new PendingBatch(List.of(), List.of());
    assertThat(log.commit(store.commit("run", 0, 1, empty))).isEqualTo(CommitResult.NOTHING_NEW);
    assertThat(log.last()).isEmpty();
  }

  @Test
  void refusedRecordsAloneMoveTheSource() throws IOException {
    var batch = new PendingBatch(List.of(), List.of(range(4, 7, 9, 2)));
    assertThat(log.commit(store.commit("run", 0, 1, batch))).isEqualTo(CommitResult.COMMITTED);
    assertThat(log.committedOffsets()).isEqualTo(Map.of(4, 9L));
    assertThat(log.last().orElseThrow().getTotalRejected()).isEqualTo(2);
  }

  @Test
  void manifestsCountOnAndSayWhereTheSourceStands() throws IOException {
    var first = write("run", 0, 100, 50);
    var second = write("run", 0, 0, 30);
    log.commit(store.commit("run", 0, 1, first));
    log.commit(store.commit("run", 0, 5, second));
    var other = ManifestLog.open(store.layout);
    assertThat(other.after(0)).extracting(StoreManifest::getSequence).containsExactly(1L, 2L);
    assertThat(other.after(1)).extracting(StoreManifest::getTotalRows).containsExactly(180L);
    assertThat(other.committedOffsets())
        .isEqualTo(
            Map.of(
                0, first.sources().get(0).getEndOffset(),
                1, second.sources().get(0).getEndOffset()));
  }

  @Test
  void aSecondJobIsRefusedWithBothRanges() throws IOException {
    log.commit(store.commit("run", 0, 1, source(0, 100)));
    assertThatThrownBy(
            () ->
                ManifestLog.open(store.layout)
                    .commit(store.commit("another", 0, 1, source(60, 140))))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("checkpoint 1 of run another commits offsets 60 to 140")
        .hasMessageContaining("up to 100");
    assertThat(log.after(0)).hasSize(1);
  }

  @Test
  void aJobRestoredFromACheckpointOlderThanTheStoreIsToldSo() throws IOException {
    log.commit(store.commit("run", 0, 1, source(0, 100)));
    assertThatThrownBy(() -> log.commit(store.commit("run", 1, 1, source(0, 120))))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("committed as manifest 1")
        .hasMessageContaining("without restored state");
  }

  @Test
  void anotherTopicAndAnotherSpecificationNeedAnotherStore() throws IOException {
    log.commit(store.commit("run", 0, 1, source(0, 100)));
    var next = source(100, 200);
    assertThatThrownBy(
            () ->
                log.commit(new Commit("run", 0, 2, "other", store.spec, List.of(), next.sources())))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("topic other");
    assertThatThrownBy(
            () ->
                log.commit(
                    new Commit(
                        "run",
                        0,
                        2,
                        StoreFixture.TOPIC,
                        StoreFixture.spec(4, 2),
                        List.of(),
                        next.sources())))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("observation 4");
  }

  @Test
  void writersOfOneCheckpointMayBringPartsOfAPartitionButNotTheSameOffsets() throws IOException {
    var parts = List.of(range(0, 50, 80, 3), range(0, 0, 50, 1));
    log.commit(store.commit("run", 0, 1, new PendingBatch(List.of(), parts)));
    assertThat(log.last().orElseThrow().getSourcesList()).containsExactly(range(0, 0, 80, 4));
    var overlapping = List.of(range(0, 80, 90, 0), range(0, 89, 95, 0));
    assertThatThrownBy(
            () -> log.commit(store.commit("run", 0, 2, new PendingBatch(List.of(), overlapping))))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("two writers");
  }

  @Test
  void aSegmentThatIsMissingOrShortIsNotCommitted() throws IOException {
    var batch = write("run", 0, 100);
    var file = root.resolve(batch.segments().get(0).getPath());
    var bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> log.commit(store.commit("run", 0, 1, batch)))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining(file.toString());
    Files.delete(file);
    assertThatThrownBy(() -> log.commit(store.commit("run", 0, 1, batch)))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining(file.toString());
    assertThat(log.last()).isEmpty();
    Files.write(file, bytes);
    assertThat(log.commit(store.commit("run", 0, 1, batch))).isEqualTo(CommitResult.COMMITTED);
  }

  @Test
  void segmentsThatContradictTheirSourceRangesAreRefused() throws IOException {
    var batch = write("run", 0, 100);
    var range = batch.sources().get(0);
    var tooShort = range.toBuilder().setEndOffset(range.getEndOffset() - 1).build();
    var otherPartition = range.toBuilder().setPartition(1).build();
    var allRejected =
        range.toBuilder().setRejected(range.getEndOffset() - range.getStartOffset()).build();
    for (var wrong : List.of(tooShort, otherPartition, allRejected)) {
      assertThatThrownBy(
              () ->
                  log.commit(
                      store.commit(
                          "run", 0, 1, new PendingBatch(batch.segments(), List.of(wrong)))))
          .isInstanceOf(IllegalArgumentException.class);
    }
    var outside = batch.segments().get(0).toBuilder().setPath("segments/../../etc/passwd").build();
    assertThatThrownBy(
            () ->
                log.commit(
                    store.commit("run", 0, 1, new PendingBatch(List.of(outside), List.of(range)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("passwd");
  }

  @Test
  void theFirstCommitOfAnAttemptCollectsWhatNobodyWillCommit() throws IOException {
    var committed = write("run", 0, 10);
    log.commit(store.commit("run", 0, 1, committed));
    var olderAttempt = write("run", 0, 10);
    var otherRun = write("other", 7, 10);
    var mine = write("run", 1, 10);
    var later = write("run", 2, 10);
    var foreign = Files.writeString(store.layout.segments("run").resolve("notes.txt"), "kept");
    var torn = Files.writeString(store.layout.manifests().resolve(".x.tmp"), "half");
    Files.setLastModifiedTime(torn, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    var young = Files.writeString(store.layout.manifests().resolve(".y.tmp"), "another committer");
    ManifestLog.open(store.layout).commit(store.commit("run", 1, 2, mine));
    assertThat(exists(olderAttempt)).isFalse();
    assertThat(exists(otherRun)).isFalse();
    assertThat(exists(committed)).isTrue();
    assertThat(exists(mine)).isTrue();
    assertThat(exists(later)).isTrue();
    assertThat(foreign).exists();
    assertThat(torn).doesNotExist();
    assertThat(young).exists();
  }

  @Test
  void commitsThatRaceForASequenceAreAllThere() throws Exception {
    int committers = 4;
    int checkpoints = 20;
    var pool = Executors.newFixedThreadPool(committers);
    try {
      var tasks =
          LongStream.range(0, committers)
              .mapToObj(
                  partition ->
                      (Callable<Void>)
                          () -> {
                            var own = ManifestLog.open(store.layout);
                            for (int id = 0; id < checkpoints; id++) {
                              var sources = List.of(range((int) partition, id, id + 1, 1));
                              var commit =
                                  store.commit(
                                      "run-" + partition,
                                      0,
                                      id,
                                      new PendingBatch(List.of(), sources));
                              assertThat(own.commit(commit)).isEqualTo(CommitResult.COMMITTED);
                            }
                            return null;
                          })
              .toList();
      for (var done : pool.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      pool.shutdownNow();
    }
    var manifests = ManifestLog.open(store.layout).after(0);
    assertThat(manifests).hasSize(committers * checkpoints);
    assertThat(manifests.get(manifests.size() - 1).getTotalRejected())
        .isEqualTo((long) committers * checkpoints);
  }

  @Test
  void aManifestThatIsTornOrHasAWrongByteIsNamed() throws IOException {
    log.commit(store.commit("run", 0, 1, write("run", 0, 5)));
    var file = store.layout.manifest(1);
    var bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertCorrupt(file);
    }
    var random = new Random(2);
    for (int at = 0; at < bytes.length; at++) {
      var wrong = bytes.clone();
      wrong[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, wrong);
      assertCorrupt(file);
    }
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
    assertCorrupt(file);
    Files.write(file, bytes);
    assertThat(log.after(0)).hasSize(1);
  }

  @Test
  void aHeaderThatClaimsGigabytesAllocatesNothing() throws IOException {
    log.commit(store.commit("run", 0, 1, source(0, 10)));
    var file = store.layout.manifest(1);
    var bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, Integer.MAX_VALUE);
    Files.write(file, bytes);
    assertThatThrownBy(() -> log.after(0))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining("2147483647");
  }

  @Test
  void aFileTooLargeForAManifestIsNotReadIn() throws IOException {
    try (var file = new RandomAccessFile(store.layout.manifest(1).toFile(), "rw")) {
      file.setLength(1L << 32);
    }
    assertThatThrownBy(() -> log.after(0))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining("4294967296 bytes are too many");
  }

  @Test
  void aManifestMissingBetweenOthersIsNamed() throws IOException {
    for (int id = 0; id < 3; id++) {
      log.commit(store.commit("run", 0, id, source(id, id + 1)));
    }
    Files.delete(store.layout.manifest(2));
    assertThatThrownBy(() -> ManifestLog.open(store.layout))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining(store.layout.manifest(2).toString());
  }

  @Test
  void aManifestUnderAnotherNumberIsNamed() throws IOException {
    log.commit(store.commit("run", 0, 1, source(0, 10)));
    Files.copy(store.layout.manifest(1), store.layout.manifest(2));
    assertThatThrownBy(() -> log.after(0))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining("holds manifest 1");
  }

  private void assertCorrupt(Path file) {
    assertThatThrownBy(() -> log.after(0))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining(file.toString());
  }

  private PendingBatch write(String runId, int attempt, int... rows) throws IOException {
    try (var writer =
        SegmentWriter.open(store.layout, store.spec, new WriterId(runId, attempt, 0))) {
      return store.write(writer, rows);
    }
  }

  private boolean exists(PendingBatch batch) {
    return Files.exists(root.resolve(batch.segments().get(0).getPath()));
  }

  private static PendingBatch source(long start, long end) {
    return new PendingBatch(List.of(), List.of(range(0, start, end, 0)));
  }

  private static SourceRange range(int partition, long start, long end, long rejected) {
    return SourceRange.newBuilder()
        .setPartition(partition)
        .setStartOffset(start)
        .setEndOffset(end)
        .setRejected(rejected)
        .build();
  }
}
