package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.store.ReplayStore;
import io.millrace.trainer.GrowingStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.window.OnlineSpec.Fresh;
import io.millrace.trainer.window.OnlineSpec.Held;
import io.millrace.trainer.window.SamplingSpec.History;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log of 300 rows, and then rows of which every second is one of a published policy. */
class OnlineRowsTest {
  private static final int LOGGED = 300;
  private static final int BATCH = 64;

  @TempDir private Path directory;
  private GrowingStore rows;

  @BeforeEach
  void makeStore() throws IOException {
    rows = new GrowingStore(directory, 1);
    rows.append(LOGGED, row -> row.policyRevision = 0);
  }

  private static SamplingSpec sampling(OnlineSpec online) {
    return SamplingSpec.uniform(0.5, 100, 2_000, 1).with(online);
  }

  private static TrainingWindows windows(SamplingSpec sampling) {
    return new TrainingWindows(GrowingStore.SPEC, sampling, BATCH, 7);
  }

  private static Batch batch() {
    return new Batch(BATCH, new NetworkSpec(3, 2, List.of(8)));
  }

  private static boolean isOnPolicy(long row) {
    return row >= LOGGED && row % 2 == 1;
  }

  @Test
  void factorGoesToItsValueInAStraightLineOverOnPolicyRows() throws IOException {
    int[] cuts = {20, 60, 1, 99, 220, 40};
    for (int count : cuts) {
      rows.append(count);
    }
    var batch = batch();
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(sampling(OnlineSpec.constant(0.25).over(200)))) {
      long update = 0;
      for (var manifest : store.follow()) {
        windows.take(store, manifest.getTotalRows());
        long onPolicy = (manifest.getTotalRows() - LOGGED) / 2;
        double expected = 1 - 0.75 * Math.min(1, onPolicy / 200.0);
        windows.draw(++update, batch);
        var numbers = windows.rowNumbers();
        for (int i = 0; i < BATCH; i++) {
          boolean counts = i < BATCH / 2 && isOnPolicy(numbers[i]);
          assertThat((double) batch.column(BatchColumn.CONSERVATIVE_FACTOR).get(i))
              .as("row %s after %s on-policy rows", numbers[i], onPolicy)
              .isCloseTo(counts ? expected : 1, within(1e-6));
        }
        assertThat(windows.figures().get("online_conservative_factor"))
            .isCloseTo(expected, within(1e-12));
      }
      assertThat(update).isEqualTo(1 + cuts.length);
    }
  }

  @Test
  void warmStartIsFromTheFirstOnPolicyRowUntilItsRowsAreIn() throws IOException {
    // The first on-policy row is number 301, the tenth 319.
    rows.append(1);
    rows.append(1);
    rows.append(17);
    rows.append(1);
    rows.append(30);
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(sampling(OnlineSpec.constant(1).holding(Held.ALL, 10)))) {
      store.follow();
      take(windows, store, LOGGED + 1, false, 0);
      take(windows, store, LOGGED + 2, true, 1);
      take(windows, store, LOGGED + 19, true, 18);
      take(windows, store, LOGGED + 20, false, 19);
      take(windows, store, LOGGED + 50, false, 19);
      assertThat(windows.rowsAllHeld(310)).as("of those after row 310").isEqualTo(10);
      assertThat(windows.rowsAllHeld(330)).isZero();
    }
  }

  private static void take(
      TrainingWindows windows, ReplayStore store, long upTo, boolean held, long rowsHeld)
      throws IOException {
    windows.take(store, upTo);
    assertThat(windows.isHeld(Held.ALL)).as("after %s rows", upTo).isEqualTo(held);
    assertThat(windows.isHeld(Held.POLICY)).isFalse();
    assertThat(windows.rowsAllHeld(0)).as("after %s rows", upTo).isEqualTo(rowsHeld);
    assertThat(windows.figures()).containsEntry("policy_held", held ? 1.0 : 0.0);
  }

  @Test
  void storeLargerThanMemoryIsCountedToTheLastRowThatMatters() throws IOException {
    // After a restart only the newest 100 rows would be read of a shuffled store, without a count.
    rows.append(700);
    rows.append(2_000, row -> row.policyRevision = 0);
    var spec =
        SamplingSpec.uniform(0.5, 100, 256, 1)
            .with(History.SHUFFLED)
            .with(OnlineSpec.constant(0).over(700));
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(spec)) {
      store.follow();
      windows.take(store, 3_000);
      assertThat(windows.figures()).containsEntry("online_conservative_factor", 0.5);
    }
  }

  @Test
  void freshRowsAreOnPolicyOnesOnceThereAreAny() throws IOException {
    rows.append(2);
    rows.append(500);
    var batch = batch();
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(sampling(OnlineSpec.constant(0.5).with(Fresh.ON_POLICY)))) {
      store.follow();
      windows.take(store, LOGGED);
      windows.draw(1, batch);
      assertThat(windows.freshRows(BATCH)).isZero();
      assertThat(Arrays.stream(windows.rowNumbers()).max().orElseThrow()).isLessThan(LOGGED);
      windows.take(store, LOGGED + 2);
      windows.draw(2, batch);
      var numbers = windows.rowNumbers();
      for (int i = 0; i < BATCH / 2; i++) {
        assertThat(numbers[i]).isEqualTo(LOGGED + 1);
        assertThat(batch.column(BatchColumn.REWARD).get(i)).isEqualTo(LOGGED + 1);
        assertThat(batch.column(BatchColumn.CONSERVATIVE_FACTOR).get(i)).isEqualTo(0.5f);
      }
      windows.take(store, LOGGED + 502);
      for (int update = 3; update < 20; update++) {
        windows.draw(update, batch);
        numbers = windows.rowNumbers();
        for (int i = 0; i < BATCH / 2; i++) {
          // The newest 100 of every second row.
          assertThat(numbers[i])
              .isBetween(LOGGED + 302L, LOGGED + 502L)
              .matches(row -> row % 2 == 1);
          assertThat(batch.column(BatchColumn.REWARD).get(i)).isEqualTo((float) numbers[i]);
        }
      }
    }
  }

  @Test
  void returnsToGoReachOnPolicyRowsWhereverTheyLie() throws IOException {
    // 100 rows an episode, of which the last one terminates; 150 fresh rows were written over
    // twice.
    rows.append(700);
    var spec =
        SamplingSpec.uniform(1, 150, 2_000, 1)
            .with(OnlineSpec.constant(1).with(Fresh.ON_POLICY))
            .withReturns(0.5);
    var batch = batch();
    try (var store = ReplayStore.open(rows.layout, "test");
        var windows = windows(spec)) {
      store.follow();
      windows.take(store, LOGGED + 700);
      for (int update = 1; update < 20; update++) {
        windows.draw(update, batch);
        var numbers = windows.rowNumbers();
        for (int i = 0; i < BATCH; i++) {
          assertThat((double) batch.column(BatchColumn.RETURN_TO_GO).get(i))
              .as("row %s", numbers[i])
              .isCloseTo(returnToGo(numbers[i]), within(1e-3));
        }
      }
    }
  }

  /** The reward of a row is its number. */
  private static double returnToGo(long row) {
    return row % 100 == 99 ? row : row + 0.5 * returnToGo(row + 1);
  }
}
