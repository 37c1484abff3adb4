package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.v1.SourceRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentWriterTest {
  @TempDir Path root;
  private StoreFixture store;

  @BeforeEach
  void createStore() {
    store = new StoreFixture(root, 3, 2, 1);
  }

  @Test
  void closeWithoutFinishLeavesNoFile() throws IOException {
    try (var writer = open()) {
      for (int offset = 0; offset < 300; offset++) {
        writer.append(store.row(0, offset));
      }
      assertThat(files()).hasSize(1);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void finishedSegmentsStayWhenTheWriterIsClosed() throws IOException {
    PendingBatch batch;
    try (var writer = open()) {
      batch = store.write(writer, 300, 1);
    }
    assertThat(files())
        .containsExactlyInAnyOrderElementsOf(
            batch.segments().stream().map(segment -> root.resolve(segment.getPath())).toList());
  }

  @Test
  void aSegmentIsDescribedByItsBytes() throws IOException {
    try (var writer = open()) {
      var batch = store.write(writer, 300);
      var segment = batch.segments().get(0);
      var bytes = Files.readAllBytes(root.resolve(segment.getPath()));
      var crc = new CRC32C();
      crc.update(bytes);
      assertThat(segment.getSizeBytes()).isEqualTo(bytes.length);
      assertThat(segment.getCrc32C()).isEqualTo((int) crc.getValue());
      assertThat(segment.getRows()).isEqualTo(300);
      assertThat(segment.getFirstOffset()).isEqualTo(store.rows.get(0).offset);
      assertThat(segment.getLastOffset()).isEqualTo(store.rows.get(299).offset);
      assertThat(segment.getMinEventTimeMicros())
          .isEqualTo(store.rows.stream().mapToLong(row -> row.eventTimeMicros).min().orElseThrow());
      assertThat(segment.getMaxEventTimeMicros())
          .isEqualTo(store.rows.stream().mapToLong(row -> row.eventTimeMicros).max().orElseThrow());
      assertThat(segment.getShard()).isEqualTo(3);
    }
  }

  @Test
  void sourceRangesCoverRowsAndRefusedRecordsAndFollowEachOther() throws IOException {
    try (var writer = open()) {
      writer.skip(1, 10);
      writer.append(store.row(1, 11));
      writer.skip(1, 15);
      writer.skip(2, 7);
      var batch = writer.finish();
      assertThat(batch.segments()).hasSize(1);
      assertThat(batch.sources()).containsExactly(range(1, 10, 16, 2), range(2, 7, 8, 1));
      assertThat(writer.finish().isEmpty()).isTrue();
      writer.append(store.row(1, 20));
      assertThat(writer.finish().sources()).containsExactly(range(1, 16, 21, 0));
    }
  }

  @Test
  void anOffsetThatIsNotAboveTheLastIsRefusedAndLeavesNoRow() throws IOException {
    try (var writer = open()) {
      writer.append(store.row(0, 5));
      for (long offset : List.of(5L, 4L, -1L)) {
        assertThatThrownBy(() -> writer.append(store.row(0, offset)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("partition 0: offset " + offset);
        assertThatThrownBy(() -> writer.skip(0, offset))
            .isInstanceOf(IllegalArgumentException.class);
      }
      writer.append(store.row(0, 6));
      assertThat(writer.finish().segments().get(0).getRows()).isEqualTo(2);
    }
  }

  @Test
  void aRowThatDoesNotFitIsRefusedByNameAndLeavesNothing() throws IOException {
    try (var writer = open()) {
      var wrong = new Row(StoreFixture.spec(4, 2));
      assertThatThrownBy(() -> writer.append(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("observation: expected 3 numbers, got 4");
      var longId = store.row(0, 0);
      longId.policyId = "ä".repeat(513);
      assertThatThrownBy(() -> writer.append(longId))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("policyId: expected at most 1024 bytes, got 1026");
      var farPartition = store.row(0, 0);
      farPartition.partition = 65_536;
      assertThatThrownBy(() -> writer.append(farPartition))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("65536");
      assertThat(writer.finish().isEmpty()).isTrue();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void aClosedWriterSaysSo() throws IOException {
    var writer = open();
    writer.close();
    writer.close();
    assertThatThrownBy(() -> writer.append(store.row(0, 0)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRunIdThatIsNoFileNameIsRefused() {
    for (var runId : List.of("", "../x", "a/b", ".hidden", "x".repeat(101))) {
      assertThatThrownBy(() -> new WriterId(runId, 0, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + runId + "'");
    }
  }

  private SegmentWriter open() throws IOException {
    return SegmentWriter.open(store.layout, store.spec, new WriterId("run", 0, 3));
  }

  private static SourceRange range(int partition, long start, long end, long rejected) {
    return SourceRange.newBuilder()
        .setPartition(partition)
        .setStartOffset(start)
        .setEndOffset(end)
        .setRejected(rejected)
        .build();
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(store.layout.segments("run"))) {
      return files.toList();
    }
  }
}
