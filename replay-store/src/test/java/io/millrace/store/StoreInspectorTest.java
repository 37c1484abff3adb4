package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreInspectorTest {
  @TempDir Path root;

  @Test
  void aSoundStoreIsCountedInFull() throws IOException {
    var store = new StoreFixture(root, 3, 2, 1);
    store.append(900, 20);
    store.append(0, 300);
    var progress = new ArrayList<Long>();
    var found =
        StoreInspector.verify(
            store.layout,
            (bytes, total) -> {
              progress.add(bytes);
              assertThat(bytes).isLessThanOrEqualTo(total);
            });
    assertThat(found.problems()).isEmpty();
    assertThat(found.sound()).isTrue();
    assertThat(found.manifests()).isEqualTo(2);
    assertThat(found.segments()).isEqualTo(3);
    assertThat(found.rows()).isEqualTo(1220);
    assertThat(found.rejected())
        .isPositive()
        .isEqualTo(ManifestLog.open(store.layout).last().orElseThrow().getTotalRejected());
    assertThat(found.sizeBytes()).isEqualTo(progress.get(progress.size() - 1)).isPositive();
    assertThat(found.duplicates()).isEqualTo(new StoreInspector.Duplicates(0, 0));
  }

  @Test
  void anEmptyStoreIsSound() throws IOException {
    var layout = new StoreLayout(root);
    ManifestLog.open(layout);
    assertThat(StoreInspector.verify(layout, (bytes, total) -> {}).sound()).isTrue();
    StoreInspector.sample(
        layout,
        5,
        1,
        row -> {
          throw new AssertionError("a row of an empty store");
        });
  }

  @Test
  void everyFileThatIsWrongIsReportedAndTheRestIsVerified() throws IOException {
    var store = new StoreFixture(root, 3, 2, 2);
    for (int i = 0; i < 4; i++) {
      store.append(100);
    }
    var manifests = ManifestLog.open(store.layout).after(0);
    var missing = root.resolve(manifests.get(0).getSegments(0).getPath());
    Files.delete(missing);
    var torn = store.layout.manifest(2);
    Files.write(torn, new byte[20]);
    var swapped = root.resolve(manifests.get(2).getSegments(0).getPath());
    Files.copy(
        root.resolve(manifests.get(3).getSegments(0).getPath()),
        swapped,
        StandardCopyOption.REPLACE_EXISTING);
    var found = StoreInspector.verify(store.layout, (bytes, total) -> {});
    assertThat(found.sound()).isFalse();
    assertThat(found.manifests()).isEqualTo(3);
    assertThat(found.problems()).hasSize(3);
    assertThat(found.problems().get(0)).contains(torn.toString());
    assertThat(found.problems().get(1)).contains(missing.toString());
    assertThat(found.problems().get(2)).contains(swapped.toString());
  }

  /** A checksum of the whole file cannot see that a manifest and its segment disagree. */
  @Test
  void aManifestThatMisdescribesItsSegmentIsReported() throws IOException {
    var store = new StoreFixture(root, 3, 2, 3);
    store.append(600);
    var manifest = ManifestLog.open(store.layout).last().orElseThrow();
    var segment = manifest.getSegments(0);
    var wrong =
        List.of(
            segment.toBuilder().setMinEventTimeMicros(segment.getMinEventTimeMicros() - 1).build(),
            segment.toBuilder().setMaxEventTimeMicros(segment.getMaxEventTimeMicros() + 1).build(),
            segment.toBuilder().setFirstOffset(segment.getFirstOffset() + 1).build(),
            segment.toBuilder().setLastOffset(segment.getLastOffset() - 1).build(),
            segment.toBuilder().setRows(segment.getRows() - 1).build(),
            segment.toBuilder().setPartition(1).build(),
            segment.toBuilder().setShard(4).build());
    for (var described : wrong) {
      rewrite(
          store.layout,
          manifest.toBuilder()
              .setSegments(0, described)
              .setRows(described.getRows())
              .setTotalRows(described.getRows())
              .build());
      assertThat(StoreInspector.verify(store.layout, (bytes, total) -> {}).problems())
          .as("%s", described)
          .hasSize(1);
    }
    rewrite(store.layout, manifest);
    assertThat(StoreInspector.verify(store.layout, (bytes, total) -> {}).sound()).isTrue();
  }

  @Test
  void rowsCommittedTwiceAreCounted() throws IOException {
    var store = new StoreFixture(root, 3, 2, 4);
    store.append(600, 50);
    var manifest = ManifestLog.open(store.layout).last().orElseThrow();
    rewrite(
        store.layout,
        manifest.toBuilder().setSequence(2).setTotalRows(2 * manifest.getRows()).build());
    var found = StoreInspector.verify(store.layout, (bytes, total) -> {});
    assertThat(found.duplicates()).isEqualTo(new StoreInspector.Duplicates(650, 650));
    assertThat(found.sound()).isFalse();
    assertThat(found.problems()).hasSize(1).first().asString().contains("manifest");
    assertThat(StoreInspector.duplicates(store.layout)).isEqualTo(found.duplicates());
  }

  @Test
  void stepsLoggedTwiceAreCountedEachOnceLessThanTheyOccur() throws IOException {
    var store = new StoreFixture(root, 3, 2, 5);
    try (var writer = SegmentWriter.open(store.layout, store.spec, new WriterId("run", 0, 0))) {
      for (int offset = 0; offset < 10; offset++) {
        for (int partition = 0; partition < 2; partition++) {
          var row = store.row(partition, offset);
          row.episodeId = 77;
          row.step = offset % 4;
          writer.append(row);
        }
      }
      ManifestLog.open(store.layout).commit(store.commit("run", 0, 1, writer.finish()));
    }
    assertThat(StoreInspector.duplicates(store.layout))
        .isEqualTo(new StoreInspector.Duplicates(0, 16));
  }

  @Test
  void aSampleIsOfTheStoresRowsAndFollowsFromItsSeed() throws IOException {
    var store = new StoreFixture(root, 3, 2, 6);
    store.append(300, 200);
    store.append(100);
    var rows = new HashSet<String>();
    store.rows.forEach(row -> rows.add(WindowAssert.text(row)));
    var first = sample(store, 2000, 1);
    assertThat(rows).containsAll(first);
    assertThat(sample(store, 2000, 1)).isEqualTo(first);
    assertThat(sample(store, 2000, 2)).isNotEqualTo(first);
    // 2,000 draws of 600 rows leave out a row with probability e^(-3.3): 21 are expected.
    assertThat(new HashSet<>(first)).hasSizeBetween(550, 599);
  }

  @Test
  void aSampleOfADamagedStoreNamesTheFile() throws IOException {
    var store = new StoreFixture(root, 3, 2, 7);
    store.append(300);
    Files.write(store.layout.manifest(1), new byte[20]);
    assertThatThrownBy(() -> sample(store, 1, 1))
        .isInstanceOf(StoreCorruptionException.class)
        .hasMessageContaining(store.layout.manifest(1).toString());
  }

  private static List<String> sample(StoreFixture store, int rows, long seed) throws IOException {
    var sampled = new ArrayList<String>();
    StoreInspector.sample(store.layout, rows, seed, row -> sampled.add(WindowAssert.text(row)));
    return sampled;
  }

  private static void rewrite(StoreLayout layout, StoreManifest manifest) throws IOException {
    Files.write(layout.manifest(manifest.getSequence()), ManifestFile.encode(manifest).array());
  }
}
