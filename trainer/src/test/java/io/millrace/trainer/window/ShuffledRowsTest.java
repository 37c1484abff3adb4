package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.store.ReplayStore;
import io.millrace.trainer.GrowingStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.window.SamplingSpec.History;
import io.millrace.trainer.window.SamplingSpec.RewardScale;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShuffledRowsTest {
  private static final int BATCH = 64;
  private static final int HISTORY = 4 * ShuffledRows.CELL_ROWS;

  @TempDir private Path directory;
  private GrowingStore store;

  @BeforeEach
  void makeStore() {
    store = new GrowingStore(directory, 1);
  }

  private static TrainingWindows windows(double freshFraction, boolean normalised) {
    var spec = SamplingSpec.uniform(freshFraction, 100, HISTORY, 1).with(History.SHUFFLED);
    return new TrainingWindows(
        GrowingStore.SPEC, normalised ? spec.normalised(true, RewardScale.NONE) : spec, BATCH, 7);
  }

  private static Batch batch() {
    return new Batch(BATCH, new NetworkSpec(3, 2, List.of(8)));
  }

  @Test
  void everyRowOfAStoreLargerThanMemoryComesUpAlike() throws IOException {
    int cells = 32;
    store.append(5_000);
    // The last rows do not fill a cell, so they are drawn as fresh ones only.
    store.append(cells * ShuffledRows.CELL_ROWS - 5_000 + 17);
    int updates = 6_000;
    var counts = new int[(int) store.rows()];
    try (var reader = ReplayStore.open(store.layout, "test");
        var windows = windows(0, false)) {
      reader.follow();
      windows.take(reader, store.rows());
      var batch = batch();
      for (int update = 1; update <= updates; update++) {
        windows.draw(update, batch);
        var numbers = windows.rowNumbers();
        for (int i = 0; i < BATCH; i++) {
          assertThat((long) batch.column(BatchColumn.REWARD).get(i)).isEqualTo(numbers[i]);
          counts[(int) numbers[i]]++;
        }
      }
    }
    var full = Arrays.copyOf(counts, cells * ShuffledRows.CELL_ROWS);
    assertThat(Arrays.stream(full).filter(count -> count == 0).count()).isZero();
    assertThat(Arrays.stream(counts, full.length, counts.length).sum()).isZero();
    // A cell stays for 4 updates, so what varies is how often it is chosen: 6,000 / 32, give or
    // take
    // 5 standard deviations, times the 64 rows that are drawn of it while it stays.
    double expected = updates / (double) cells;
    for (int cell = 0; cell < cells; cell++) {
      int from = cell * ShuffledRows.CELL_ROWS;
      double stays = Arrays.stream(full, from, from + ShuffledRows.CELL_ROWS).sum() / 64.0;
      assertThat(stays)
          .as("cell %s", cell)
          .isBetween(expected - 5 * Math.sqrt(expected), expected + 5 * Math.sqrt(expected));
    }
  }

  @Test
  void whileTheStoreFitsTheHistoryIsAllOfIt() throws IOException {
    store.append(300);
    var seen = new boolean[300];
    try (var reader = ReplayStore.open(store.layout, "test");
        var windows = windows(0, false)) {
      reader.follow();
      windows.take(reader, 300);
      for (int update = 1; update <= 100; update++) {
        windows.draw(update, batch());
        for (long row : windows.rowNumbers()) {
          seen[(int) row] = true;
        }
      }
      assertThat(seen).doesNotContain(false);
      assertThat(windows.exportState()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void restartAmongRowsThatComeInDrawsTheSameBatches(boolean normalised) throws IOException {
    long[] positions = {700, 1_500, 3_000, 3_001, 7_000};
    long before = 0;
    for (long position : positions) {
      store.append((int) (position - before));
      before = position;
    }
    try (var reader = ReplayStore.open(store.layout, "test")) {
      reader.follow();
      for (int stop : new int[] {5, 25, 33, 41, 58}) {
        try (var whole = windows(0.25, normalised);
            var restarted = windows(0.25, normalised)) {
          run(whole, reader, positions, 1, stop);
          restarted.take(reader, whole.rows());
          restarted.importState(state(whole));
          for (int update = stop + 1; update <= 80; update++) {
            var one = run(whole, reader, positions, update, update);
            var other = run(restarted, reader, positions, update, update);
            for (var column : BatchColumn.values()) {
              assertThat(other.column(column))
                  .as("%s of update %s, restarted after %s", column, update, stop)
                  .isEqualTo(one.column(column));
            }
          }
        }
      }
    }
  }

  /** Takes rows in before every 15th update. */
  private static Batch run(
      TrainingWindows windows, ReplayStore reader, long[] positions, int from, int to)
      throws IOException {
    var batch = batch();
    for (int update = from; update <= to; update++) {
      windows.take(reader, positions[Math.min(positions.length - 1, update / 15)]);
      windows.draw(update, batch);
    }
    return batch;
  }

  private static Map<String, float[]> state(TrainingWindows windows) {
    Map<String, float[]> state = new HashMap<>();
    for (NamedTensor tensor : windows.exportState()) {
      state.put(tensor.name(), tensor.values().clone());
    }
    return state;
  }
}
