package io.millrace.store;

import static io.millrace.store.WindowAssert.assertHolds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.store.WindowRange.LastRows;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReaderCrashTest {
  private static final LastRows ALL = new LastRows(Long.MAX_VALUE);

  @TempDir Path root;

  @Test
  void segmentsLinkedInBeforeACrashAreNotLinkedInTwice() throws IOException {
    var store = new StoreFixture(root, 3, 2, 1);
    store.append(700, 20);
    store.append(300);
    try (var database = new ReaderDatabase(store.layout, "reader", 1 << 20)) {
      database.link(ManifestLog.open(store.layout).after(0));
    }
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      assertThat(reader.rows()).isZero();
      assertThat(reader.follow()).hasSize(2);
      assertAllRows(reader, store.rows);
    }
    try (var files = Files.list(store.layout.reader("reader").resolve("db"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".sst"))).hasSize(3);
    }
    assertThat(StoreInspector.verify(store.layout, (bytes, total) -> {}).problems()).isEmpty();
  }

  @Test
  void linksLeftBehindByACrashAreCleared() throws IOException {
    var store = new StoreFixture(root, 3, 2, 2);
    store.append(300);
    var segment = ManifestLog.open(store.layout).after(0).get(0).getSegments(0);
    var incoming = store.layout.reader("reader").resolve("incoming");
    Files.createDirectories(incoming);
    Files.createLink(
        incoming.resolve(segment.getPath().replace('/', '_')), root.resolve(segment.getPath()));
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      reader.follow();
      assertAllRows(reader, store.rows);
    }
    try (var files = Files.list(incoming)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void linkingInLeavesTheStoresOwnFilesAsTheyWere() throws IOException {
    var store = new StoreFixture(root, 3, 2, 3);
    store.append(300);
    var segment = ManifestLog.open(store.layout).after(0).get(0).getSegments(0);
    var file = root.resolve(segment.getPath());
    for (var name : List.of("one", "two")) {
      try (var reader = ReplayStore.open(store.layout, name)) {
        reader.follow();
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(name.equals("one") ? 2 : 3);
      }
    }
    assertThat(DurableFiles.crc32c(file)).isEqualTo(segment.getCrc32C());
  }

  @Test
  void aReaderOfAnotherHistoryIsToldToStartAfresh() throws IOException {
    var store = new StoreFixture(root, 3, 2, 4);
    store.append(300);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      reader.follow();
    }
    Files.delete(store.layout.manifest(1));
    new StoreFixture(root, 3, 2, 5).append(300);
    assertThatThrownBy(() -> ReplayStore.open(store.layout, "reader"))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining(store.layout.reader("reader").toString());
  }

  @Test
  void aReaderCanBeOpenOnlyOnce() throws IOException {
    var store = new StoreFixture(root, 3, 2, 6);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      assertThat(reader.rows()).isZero();
      assertThatThrownBy(() -> ReplayStore.open(store.layout, "reader"))
          .isInstanceOf(StoreConflictException.class)
          .hasMessageContaining("open in another process");
    }
    ReplayStore.open(store.layout, "reader").close();
  }

  @Test
  void aMissingSegmentStopsTheReaderThereAndIsNamed() throws IOException {
    var store = new StoreFixture(root, 3, 2, 7);
    store.append(300);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      reader.follow();
      store.append(300);
      var file =
          root.resolve(ManifestLog.open(store.layout).after(1).get(0).getSegments(0).getPath());
      var bytes = Files.readAllBytes(file);
      Files.delete(file);
      assertThatThrownBy(reader::follow)
          .isInstanceOf(StoreCorruptionException.class)
          .hasMessageContaining(file.toString());
      assertAllRows(reader, store.rows.subList(0, 300));
      Files.write(file, bytes);
      assertThat(reader.follow()).hasSize(1);
      assertAllRows(reader, store.rows);
    }
  }

  /** Flips a bit anywhere in a segment: a window then fails, or holds what was written. */
  @Test
  void aWrongBitNeverBecomesAWrongRow() throws IOException {
    var store = new StoreFixture(root, 3, 2, 8);
    store.append(600);
    var segment = ManifestLog.open(store.layout).after(0).get(0).getSegments(0);
    var file = root.resolve(segment.getPath());
    var bytes = Files.readAllBytes(file);
    long seed = 9;
    var random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 60; round++) {
      var wrong = bytes.clone();
      int at = random.nextInt(bytes.length);
      wrong[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, wrong);
      assertThat(StoreInspector.verify(store.layout, (done, total) -> {}).problems())
          .as("seed %d, byte %d", seed, at)
          .hasSize(1)
          .first()
          .asString()
          .contains(segment.getPath());
      try (var reader = ReplayStore.open(store.layout, "reader-" + round)) {
        reader.follow();
        assertAllRows(reader, store.rows);
      } catch (IOException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(30);
  }

  @Test
  void theErrorOfADamagedBlockNamesTheSegment() throws IOException {
    var store = new StoreFixture(root, 3, 2, 10);
    store.append(600);
    var segment = ManifestLog.open(store.layout).after(0).get(0).getSegments(0);
    var file = root.resolve(segment.getPath());
    var bytes = Files.readAllBytes(file);
    // Within the second block: linking in reads the first and the last.
    bytes[18_000] ^= 1;
    Files.write(file, bytes);
    try (var reader = ReplayStore.open(store.layout, "reader");
        var window = Window.allocate(store.spec, Column.ALL, 600)) {
      reader.follow();
      assertThatThrownBy(() -> reader.read(ALL, window))
          .isInstanceOf(StoreCorruptionException.class)
          .hasMessageContaining(segment.getPath());
      assertThat(window.rows()).isZero();
    }
  }

  @Test
  void windowsAreReadWhileTheReaderFollows() throws Exception {
    var store = new StoreFixture(root, 3, 2, 11);
    var done = new AtomicBoolean();
    var pool = Executors.newFixedThreadPool(2);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      store.append(100);
      reader.follow();
      var readers = new ArrayList<Future<Integer>>();
      for (int i = 0; i < 2; i++) {
        readers.add(
            pool.submit(
                () -> {
                  int read = 0;
                  while (!done.get() || read == 0) {
                    try (var window = reader.window(ALL, Column.TRANSITION)) {
                      assertThat(window.rows()).isGreaterThanOrEqualTo(100);
                      read++;
                    }
                  }
                  return read;
                }));
      }
      for (int checkpoint = 0; checkpoint < 20; checkpoint++) {
        store.append(200, 300);
        reader.follow();
      }
      done.set(true);
      for (var each : readers) {
        assertThat(each.get()).isPositive();
      }
      assertAllRows(reader, store.rows);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aClosedReaderSaysSo() throws IOException {
    var store = new StoreFixture(root, 3, 2, 12);
    store.append(10);
    var reader = ReplayStore.open(store.layout, "reader");
    reader.follow();
    reader.close();
    reader.close();
    assertThatThrownBy(() -> reader.window(ALL)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(reader::follow).isInstanceOf(IllegalStateException.class);
  }

  /**
   * A leak of one block view, iterator or database a round would show as megabytes; the bound is
   * far above what the allocator keeps.
   */
  @Test
  void openingAndClosingKeepsNoNativeMemory() throws IOException {
    var store = new StoreFixture(root, 17, 6, 13);
    store.append(3000, 3000);
    openAndRead(store, 30);
    long directBefore = directBytes();
    long residentBefore = residentBytes();
    openAndRead(store, 120);
    assertThat(directBytes()).isLessThanOrEqualTo(directBefore);
    assertThat(residentBytes() - residentBefore).isLessThan(60L << 20);
  }

  private static void assertAllRows(ReplayStore reader, List<Row> expected) throws IOException {
    try (var window = reader.window(ALL)) {
      assertHolds(window, expected);
    }
  }

  private static void openAndRead(StoreFixture store, int rounds) throws IOException {
    for (int round = 0; round < rounds; round++) {
      try (var reader = ReplayStore.open(store.layout, "reader", new ReaderConfig(2, 8L << 20))) {
        reader.follow();
        reader.window(ALL).close();
      }
      try (var writer =
          SegmentWriter.open(store.layout, store.spec, new WriterId("aborted", 0, 0))) {
        for (int row = 0; row < 300; row++) {
          writer.append(store.row(0, row));
        }
      }
    }
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** Resident memory outside of the Java heap is what RocksDB could leak; Linux alone tells it. */
  private static long residentBytes() throws IOException {
    var status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    System.gc();
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .sum();
    }
  }
}
