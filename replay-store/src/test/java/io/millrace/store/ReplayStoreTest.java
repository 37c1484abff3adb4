package io.millrace.store;

import static io.millrace.store.WindowAssert.assertHolds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.store.WindowRange.EventTimeRange;
import io.millrace.store.WindowRange.LastRows;
import io.millrace.store.WindowRange.ManifestRange;
import io.millrace.store.WindowRange.OffsetRange;
import io.millrace.store.WindowRange.RowRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayStoreTest {
  private static final ReaderConfig THREE_THREADS = new ReaderConfig(3, 1 << 20);

  @TempDir Path root;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyWindowHoldsExactlyTheRowsOfItsRange(long seed) throws IOException {
    var random = new Random(seed);
    var store = new StoreFixture(root, 1 + random.nextInt(20), 1 + random.nextInt(6), seed);
    var manifestEnds = new ArrayList<>(List.of(0));
    try (var reader = ReplayStore.open(store.layout, "reader", THREE_THREADS)) {
      for (int checkpoint = 0; checkpoint < 8; checkpoint++) {
        store.append(random.nextInt(1500), random.nextInt(3), 0, random.nextInt(600));
        manifestEnds.add(store.rows.size());
        if (random.nextBoolean()) {
          reader.follow();
        }
      }
      reader.follow();
      var all = store.rows;
      assertThat(reader.rows()).isEqualTo(all.size());
      check(reader, new LastRows(Long.MAX_VALUE), all);
      for (int draw = 0; draw < 20; draw++) {
        int from = random.nextInt(all.size());
        int to = from + random.nextInt(all.size() - from + 1);
        check(reader, new RowRange(from, to), all.subList(from, to));
        check(reader, new LastRows(to - from), all.subList(all.size() - (to - from), all.size()));
        long earliest = all.get(from).eventTimeMicros;
        long latest = earliest + random.nextInt(1_000_000);
        check(
            reader,
            new EventTimeRange(earliest, latest),
            all.stream()
                .filter(row -> row.eventTimeMicros >= earliest && row.eventTimeMicros < latest)
                .toList());
        int partition = random.nextInt(5);
        long first = random.nextInt(3000);
        long end = first + random.nextInt(3000);
        check(
            reader,
            new OffsetRange(partition, first, end),
            all.stream()
                .filter(
                    row -> row.partition == partition && row.offset >= first && row.offset < end)
                .toList());
        int manifest = random.nextInt(9);
        int until = manifest + random.nextInt(9 - manifest);
        check(
            reader,
            new ManifestRange(manifest + 1, until + 1),
            all.subList(manifestEnds.get(manifest), manifestEnds.get(until)));
      }
    }
  }

  @Test
  void rowsAreGatheredInTheOrderAskedFor() throws IOException {
    var store = new StoreFixture(root, 3, 2, 7);
    store.append(700, 300);
    store.append(5, 900);
    try (var reader = ReplayStore.open(store.layout, "reader", THREE_THREADS);
        var window = Window.allocate(store.spec, Column.ALL, 2000)) {
      reader.follow();
      var random = new Random(8);
      var numbers = random.longs(2000, 0, store.rows.size()).toArray();
      var expected = new ArrayList<Row>();
      for (long number : numbers) {
        expected.add(store.rows.get((int) number));
      }
      reader.gather(numbers, window);
      assertHolds(window, expected);

      expected.clear();
      var ranges = new ArrayList<RowRange>();
      for (long number : random.longs(5, 0, store.rows.size()).toArray()) {
        var block = reader.block(number);
        assertThat(number).isBetween(block.from(), block.to() - 1);
        assertThat(block.rows()).isBetween(1L, 256L);
        ranges.add(block);
        expected.addAll(store.rows.subList((int) block.from(), (int) block.to()));
      }
      reader.readRanges(ranges, window);
      assertHolds(window, expected);
    }
  }

  @Test
  void aWindowHoldsOnlyTheColumnsAskedFor() throws IOException {
    var store = new StoreFixture(root, 3, 2, 9);
    store.append(300);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      reader.follow();
      try (var window = reader.window(new LastRows(10), Set.of(Column.REWARD))) {
        assertThat(window.rewards().get(9)).isEqualTo(store.rows.get(299).reward);
        assertThatThrownBy(window::actions)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("ACTION");
      }
    }
  }

  @Test
  void aClosedWindowGivesNoBuffers() throws IOException {
    var window = Window.allocate(StoreFixture.spec(3, 1), Column.ALL, 10);
    window.close();
    window.close();
    assertThatThrownBy(window::rewards).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aWindowThatIsTooSmallSaysSoAndIsEmpty() throws IOException {
    var store = new StoreFixture(root, 3, 2, 10);
    store.append(300);
    try (var reader = ReplayStore.open(store.layout, "reader");
        var window = Window.allocate(store.spec, Column.TRANSITION, 100)) {
      reader.follow();
      reader.read(new LastRows(100), window);
      assertThat(window.rows()).isEqualTo(100);
      assertThatThrownBy(() -> reader.read(new LastRows(101), window))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("room for 100 rows, and not for 101");
      assertThat(window.rows()).isZero();
    }
  }

  @Test
  void rowsThatAreNotThereAreRefused() throws IOException {
    var store = new StoreFixture(root, 3, 2, 11);
    try (var reader = ReplayStore.open(store.layout, "reader");
        var window = Window.allocate(store.spec, Column.ALL, 10)) {
      assertThatThrownBy(() -> reader.window(new LastRows(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no manifest");
      store.append(10);
      reader.follow();
      assertThatThrownBy(() -> reader.window(new RowRange(5, 11)))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("5 to 11 of 10");
      assertThatThrownBy(() -> reader.gather(new long[] {3, -1}, window))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> reader.block(10)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aRowAsLongAsAnImageMakesSmallerBlocks() throws IOException {
    var store = new StoreFixture(root, 28_224, 4, 12);
    store.append(21);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      reader.follow();
      assertThat(reader.block(9)).isEqualTo(new RowRange(8, 12));
      check(reader, new LastRows(20), store.rows.subList(1, 21));
    }
  }

  @Test
  void aReaderGoesOnWhereItWasClosed() throws IOException {
    var store = new StoreFixture(root, 3, 2, 13);
    store.append(300);
    store.append(200);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      assertThat(reader.follow(1)).hasSize(1);
      assertThat(reader.position().getManifestSequence()).isEqualTo(1);
    }
    store.append(100);
    try (var reader = ReplayStore.open(store.layout, "reader")) {
      assertThat(reader.rows()).isEqualTo(300);
      assertThat(reader.spec()).isEqualTo(store.spec);
      assertThat(reader.follow())
          .extracting(manifest -> manifest.getRows())
          .containsExactly(200L, 100L);
      assertThat(reader.follow()).isEmpty();
      check(reader, new LastRows(Long.MAX_VALUE), store.rows);
    }
  }

  private static void check(ReplayStore reader, WindowRange range, List<Row> expected)
      throws IOException {
    try (var window = reader.window(range)) {
      assertHolds(window, expected);
    }
  }
}
