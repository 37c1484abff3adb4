package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.store.ReplayStore;
import io.millrace.store.WindowRange.RowRange;
import io.millrace.trainer.GrowingStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingWindowsTest {
  private static final int FRESH = 100;
  private static final int HISTORY = 400;
  private static final long SEED = 7;

  @TempDir private Path directory;
  private GrowingStore rows;

  @BeforeEach
  void makeStore() {
    rows = new GrowingStore(directory, 1);
  }

  private TrainingWindows windows(double freshFraction) {
    return new TrainingWindows(
        GrowingStore.SPEC, SamplingSpec.uniform(freshFraction, FRESH, HISTORY, 0.25), 64, SEED);
  }

  private static Batch batch(int size) {
    return new Batch(size, new NetworkSpec(3, 2, List.of(8)));
  }

  /** Which rows there are in so many batches. */
  private static Set<Integer> drawn(TrainingWindows windows, int batches) {
    var batch = batch(64);
    var numbers = new TreeSet<Integer>();
    for (int update = 1; update <= batches; update++) {
      windows.draw(update, batch);
      var rewards = batch.column(BatchColumn.REWARD);
      while (rewards.hasRemaining()) {
        numbers.add((int) rewards.get());
      }
    }
    return numbers;
  }

  private static Set<Integer> range(int from, int to) {
    var numbers = new TreeSet<Integer>();
    for (int i = from; i < to; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  @Test
  void freshRowsAreTheNewestHoweverTheyCame() throws IOException {
    for (int count : new int[] {30, 90, 7, 250, 1, 60}) {
      rows.append(count);
    }
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(1)) {
      for (var manifest : store.follow()) {
        windows.take(store, manifest.getTotalRows());
        int end = (int) manifest.getTotalRows();
        assertThat(drawn(windows, 40)).isEqualTo(range(Math.max(0, end - FRESH), end));
      }
    }
  }

  @Test
  void historyIsTheWholeStoreWhileItFits() throws IOException {
    rows.append(150);
    rows.append(250);
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(0)) {
      store.follow();
      windows.take(store, 400);
      assertThat(drawn(windows, 200)).isEqualTo(range(0, 400));
    }
  }

  @Test
  void sampleOfALargerStoreHasEveryAgeOfRowsAlike() throws IOException {
    rows.append(4_000);
    int bins = 10;
    var counts = new int[bins];
    try (var store = ReplayStore.open(rows.layout, "test")) {
      store.follow();
      int seeds = 20;
      for (int seed = 0; seed < seeds; seed++) {
        try (var windows =
            new TrainingWindows(
                GrowingStore.SPEC, SamplingSpec.uniform(0, FRESH, HISTORY, 1), 64, seed)) {
          windows.take(store, 4_000);
          var sample = drawn(windows, 200);
          assertThat(sample).as("seed %s", seed).hasSize(HISTORY);
          sample.forEach(row -> counts[row * bins / 4_000]++);
        }
      }
      // 99.9 % point of chi-square with 9 degrees of freedom is 27.9; without replacement is below.
      assertThat(chiSquare(counts)).isLessThan(27.9);
    }
  }

  @Test
  void rowsAreDrawnUniformly() throws IOException {
    rows.append(100);
    int seeds = 5;
    double fresh = 0;
    double history = 0;
    var batch = batch(64);
    try (var store = ReplayStore.open(rows.layout, "test")) {
      store.follow();
      for (int seed = 0; seed < seeds; seed++) {
        var counts = new int[2][100];
        try (var windows =
            new TrainingWindows(
                GrowingStore.SPEC, SamplingSpec.uniform(0.5, FRESH, HISTORY, 1), 64, seed)) {
          windows.take(store, 100);
          for (int update = 1; update <= 400; update++) {
            windows.draw(update, batch);
            var rewards = batch.column(BatchColumn.REWARD);
            for (int i = 0; i < 64; i++) {
              counts[i / 32][(int) rewards.get(i)]++;
            }
          }
        }
        fresh += chiSquare(counts[0]);
        history += chiSquare(counts[1]);
      }
    }
    // 99.9 % point of chi-square with 5 · 99 degrees of freedom.
    assertThat(fresh).isBetween(400.0, 597.0);
    assertThat(history).isBetween(400.0, 597.0);
  }

  @Test
  void batchFollowsFromSeedRowsAndUpdateAlone() throws IOException {
    rows.append(700);
    rows.append(300);
    try (var store = ReplayStore.open(rows.layout, "test");
        var inOneGo = windows(0.5);
        var manifestByManifest = windows(0.5)) {
      store.follow();
      inOneGo.take(store, 1_000);
      manifestByManifest.take(store, 700);
      manifestByManifest.draw(1, batch(64));
      manifestByManifest.take(store, 1_000);
      var one = batch(64);
      var other = batch(64);
      inOneGo.draw(77, one);
      manifestByManifest.draw(77, other);
      for (var column : BatchColumn.values()) {
        assertThat(other.column(column)).as("%s", column).isEqualTo(one.column(column));
      }
      inOneGo.draw(78, other);
      assertThat(other.column(BatchColumn.REWARD)).isNotEqualTo(one.column(BatchColumn.REWARD));
    }
  }

  @Test
  void columnsOfABatchAreThoseOfTheStore() throws IOException {
    rows.append(1_000);
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(0.5)) {
      store.follow();
      windows.take(store, 1_000);
      try (var window = store.window(new RowRange(0, 1_000))) {
        var batch = batch(64);
        windows.draw(5, batch);
        var numbers = windows.rowNumbers();
        for (int i = 0; i < 64; i++) {
          int row = (int) batch.column(BatchColumn.REWARD).get(i);
          assertThat(numbers[i]).isEqualTo(row);
          for (int j = 0; j < 3; j++) {
            assertThat(batch.column(BatchColumn.OBSERVATION).get(3 * i + j))
                .isEqualTo(window.observations().get(3 * row + j));
            assertThat(batch.column(BatchColumn.NEXT_OBSERVATION).get(3 * i + j))
                .isEqualTo(window.nextObservations().get(3 * row + j));
          }
          assertThat(batch.column(BatchColumn.TERMINATED).get(i))
              .isEqualTo(window.terminated().get(row));
          assertThat(batch.column(BatchColumn.ACTION).get(2 * i))
              .isEqualTo(window.actions().get(2 * row) / 2);
          assertThat(batch.column(BatchColumn.ACTION).get(2 * i + 1))
              .isEqualTo((window.actions().get(2 * row + 1) - 0.5f) / 0.5f);
          boolean published = i < 32 && window.policyRevisions().get(row) > 0;
          assertThat(batch.column(BatchColumn.CONSERVATIVE_FACTOR).get(i))
              .isEqualTo(published ? 0.25f : 1);
        }
      }
    }
  }

  private static double chiSquare(int[] counts) {
    double expected = 0;
    for (int count : counts) {
      expected += (double) count / counts.length;
    }
    double sum = 0;
    for (int count : counts) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }
}
