package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.store.ReplayStore;
import io.millrace.trainer.GrowingStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each sampler against the closed form of what it draws, and against its typical mistake. */
class SamplersTest {
  private static final int BATCH = 64;

  @TempDir private Path directory;
  private GrowingStore store;

  @BeforeEach
  void makeStore() {
    store = new GrowingStore(directory, 1);
  }

  private TrainingWindows windows(SamplerSpec sampler, int historyRows, long seed)
      throws IOException {
    var windows =
        new TrainingWindows(
            GrowingStore.SPEC,
            SamplingSpec.uniform(0, 10, historyRows, 1).with(sampler),
            BATCH,
            seed);
    try (var reader = ReplayStore.open(store.layout, "test-" + seed)) {
      reader.follow();
      windows.take(reader, reader.rows());
    }
    return windows;
  }

  private static Batch batch() {
    return new Batch(BATCH, new NetworkSpec(3, 2, List.of(8)));
  }

  /** How often each row of the store is in so many batches. */
  private static long[] counts(TrainingWindows windows, int updates) {
    var counts = new long[(int) windows.rows()];
    var batch = batch();
    for (int update = 1; update <= updates; update++) {
      windows.draw(update, batch);
      for (long row : windows.rowNumbers()) {
        counts[(int) row]++;
      }
    }
    return counts;
  }

  @Test
  void recencyDrawsByTheTruncatedGeometricOfItsHalfLife() throws IOException {
    store.append(400);
    // The ring has wrapped round, so that a slot is not a row's number.
    int history = 300;
    double halfLife = 50;
    try (var windows = windows(new SamplerSpec.Recency(halfLife), history, 3)) {
      var counts = counts(windows, 1_500);
      var weights = new double[history];
      for (int i = 0; i < history; i++) {
        weights[i] = Math.pow(2, -(history - 1 - i) / halfLife);
      }
      assertThat(Arrays.copyOf(counts, 100)).as("rows that are no longer held").containsOnly(0);
      var held = Arrays.copyOfRange(counts, 100, 400);
      assertThat(ChiSquare.statistic(held, weights)).isLessThan(ChiSquare.limit(history - 1));
      // Ages mistaken for row numbers would give the mirror image.
      long newest = Arrays.stream(held, history - 50, history).sum();
      long before = Arrays.stream(held, history - 100, history - 50).sum();
      assertThat(newest / (double) before).isCloseTo(2, within(0.1));
    }
  }

  @Test
  void halfLifeFarLongerThanTheHistoryIsUniform() throws IOException {
    store.append(200);
    try (var windows = windows(new SamplerSpec.Recency(1e15), 200, 4)) {
      var weights = new double[200];
      Arrays.fill(weights, 1);
      assertThat(ChiSquare.statistic(counts(windows, 800), weights))
          .isLessThan(ChiSquare.limit(199));
    }
  }

  @Test
  void everyEpisodeIsDrawnAlikeAndEveryRowInIt() throws IOException {
    // Episodes of 100 rows; the last has 30, and would be drawn a third as often by a sampler that
    // draws rows first.
    store.append(430);
    try (var windows = windows(new SamplerSpec.EpisodeBalanced(), 1_000, 5)) {
      var weights = new double[430];
      for (int row = 0; row < 430; row++) {
        weights[row] = row < 400 ? 1.0 / 100 : 1.0 / 30;
      }
      assertThat(ChiSquare.statistic(counts(windows, 2_000), weights))
          .isLessThan(ChiSquare.limit(429));
    }
  }

  @Test
  void episodesThatTheSampleLetGoAreDrawnNoMore() throws IOException {
    store.append(3_000);
    int held = 40;
    try (var windows = windows(new SamplerSpec.EpisodeBalanced(), held, 6)) {
      var counts = counts(windows, 1_000);
      Map<Integer, Integer> rowsOfEpisode = new HashMap<>();
      for (int row = 0; row < counts.length; row++) {
        if (counts[row] > 0) {
          rowsOfEpisode.merge(row / 100, 1, Integer::sum);
        }
      }
      assertThat(rowsOfEpisode.values().stream().mapToInt(rows -> rows).sum()).isEqualTo(held);
      var drawn = Arrays.stream(counts).filter(count -> count > 0).toArray();
      var weights = new double[held];
      int at = 0;
      for (int row = 0; row < counts.length; row++) {
        if (counts[row] > 0) {
          weights[at++] = 1.0 / rowsOfEpisode.get(row / 100);
        }
      }
      assertThat(ChiSquare.statistic(drawn, weights)).isLessThan(ChiSquare.limit(held - 1));
    }
  }

  /** The same error for a row at every draw, so that its priority stays. */
  private static float error(long row) {
    return 0.25f + row % 10;
  }

  private static void settlePriorities(TrainingWindows windows, Batch batch) {
    for (int update = 1; update <= 400; update++) {
      windows.draw(update, batch);
      var rows = windows.rowNumbers();
      var errors = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        errors[i] = error(rows[i]);
      }
      windows.errors(errors);
    }
  }

  @Test
  void prioritisedDrawsInProportionToThePowerOfTheError() throws IOException {
    store.append(300);
    double exponent = 0.6;
    try (var windows = windows(new SamplerSpec.Prioritised(exponent, 0.4, 1_000), 300, 7)) {
      settlePriorities(windows, batch());
      var weights = new double[300];
      for (int row = 0; row < 300; row++) {
        weights[row] = Math.pow(error(row), exponent);
      }
      assertThat(ChiSquare.statistic(counts(windows, 1_500), weights))
          .isLessThan(ChiSquare.limit(299));
    }
  }

  @Test
  void importanceUndoesTheBiasAsFarAsTheCorrectionSays() throws IOException {
    store.append(300);
    var spec = new SamplerSpec.Prioritised(0.6, 0.4, 1_000);
    try (var windows = windows(spec, 300, 8)) {
      var batch = batch();
      settlePriorities(windows, batch);
      for (long update : new long[] {1, 500, 1_000, 5_000}) {
        double beta = Math.min(1, 0.4 + 0.6 * update / 1_000);
        windows.draw(update, batch);
        var rows = windows.rowNumbers();
        double most = 0;
        for (long row : rows) {
          most = Math.max(most, Math.pow(error(row), -0.6 * beta));
        }
        for (int i = 0; i < BATCH; i++) {
          // (n P)^-beta up to a factor, which the division by the largest takes away.
          assertThat((double) batch.column(BatchColumn.IMPORTANCE).get(i))
              .as("update %s", update)
              .isCloseTo(Math.pow(error(rows[i]), -0.6 * beta) / most, within(1e-4));
        }
      }
    }
  }

  @Test
  void newRowsAreDrawnAsThoseOfTheLargestErrorSoFar() throws IOException {
    store.append(200);
    var spec = new SamplerSpec.Prioritised(1, 1, 1);
    try (var windows = windows(spec, 1_000, 9)) {
      settlePriorities(windows, batch());
      store.append(100);
      try (var reader = ReplayStore.open(store.layout, "test-9")) {
        reader.follow();
        windows.take(reader, 300);
      }
      var weights = new double[300];
      for (int row = 0; row < 300; row++) {
        weights[row] = row < 200 ? error(row) : error(9);
      }
      assertThat(ChiSquare.statistic(counts(windows, 1_000), weights))
          .isLessThan(ChiSquare.limit(299));
    }
  }

  @Test
  void errorsThatAreNoNumbersChangeNothing() throws IOException {
    store.append(100);
    try (var windows = windows(new SamplerSpec.Prioritised(1, 1, 1), 100, 10)) {
      var before = windows.exportState().get(0).values();
      windows.draw(1, batch());
      var errors = new float[BATCH];
      Arrays.fill(errors, Float.NaN);
      errors[1] = Float.POSITIVE_INFINITY;
      windows.errors(errors);
      assertThat(windows.exportState().get(0).values()).isEqualTo(before);
    }
  }
}
