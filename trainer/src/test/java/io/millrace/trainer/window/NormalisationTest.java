package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.store.ReplayStore;
import io.millrace.store.WindowRange.RowRange;
import io.millrace.trainer.GrowingStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.window.SamplingSpec.RewardScale;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NormalisationTest {
  private static final int FIRST_ROWS = 500;

  @TempDir private Path directory;

  private static TrainingWindows windows() {
    return new TrainingWindows(
        GrowingStore.SPEC,
        SamplingSpec.uniform(0.5, 300, 400, 1).normalised(true, RewardScale.STD).withReturns(0.9),
        64,
        7);
  }

  private static Batch batch() {
    return new Batch(64, new NetworkSpec(3, 2, List.of(8)));
  }

  private GrowingStore store() throws IOException {
    var store = new GrowingStore(directory, 3);
    // A large mean beside a small deviation, and a number that never changes.
    for (int count : new int[] {1, 120, FIRST_ROWS - 121, 400}) {
      store.append(
          count,
          row -> {
            row.observation[0] = 5_000 + 0.01f * row.observation[0];
            row.observation[1] = 4;
            row.nextObservation[0] = 5_000 + 0.01f * row.nextObservation[0];
            row.nextObservation[1] = 4;
          });
    }
    return store;
  }

  /** Two passes in double precision over the first rows: mean and deviation of a column. */
  private static double[] moments(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / (double) values.length;
    }
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new double[] {mean, Math.sqrt(squares / values.length)};
  }

  @Test
  void largestRewardIsThatOfAllRowsInTheUnitsOfBatches() throws IOException {
    var store = store();
    try (var reader = ReplayStore.open(store.layout, "test");
        var windows = windows()) {
      reader.follow();
      windows.take(reader, FIRST_ROWS);
      // The reward of a row is its number.
      assertThat(windows.largestReward()).isEqualTo(FIRST_ROWS - 1);
      windows.draw(1, batch());
      double deviation = Math.sqrt((Math.pow(FIRST_ROWS, 2) - 1) / 12);
      assertThat((double) windows.largestReward())
          .isCloseTo((FIRST_ROWS - 1) / deviation, within(1e-4));
      windows.take(reader, store.rows());
      assertThat((double) windows.largestReward())
          .isCloseTo((store.rows() - 1) / deviation, within(1e-4));
    }
  }

  @Test
  void rowsAreScaledByTheMomentsOfThoseThatWereThereAtTheFirstDraw() throws IOException {
    var store = store();
    try (var reader = ReplayStore.open(store.layout, "test");
        var windows = windows()) {
      reader.follow();
      windows.take(reader, FIRST_ROWS);
      windows.draw(1, batch());
      windows.take(reader, FIRST_ROWS + 400);
      var batch = batch();
      windows.draw(2, batch);
      try (var raw = reader.window(new RowRange(0, FIRST_ROWS + 400))) {
        var scale = windows.observationScale().orElseThrow();
        for (int j = 0; j < 3; j++) {
          var column = new float[FIRST_ROWS];
          for (int row = 0; row < FIRST_ROWS; row++) {
            column[row] = raw.observations().get(3 * row + j);
          }
          var moments = moments(column);
          assertThat((double) scale.mean()[j]).isCloseTo(moments[0], within(1e-6 * 5_000));
          assertThat((double) scale.deviation()[j])
              .as("population deviation and 0.001")
              .isCloseTo(moments[1] + 1e-3, within(1e-6));
        }
        var rewards = new float[FIRST_ROWS];
        raw.rewards().get(0, rewards);
        double deviation = moments(rewards)[1];
        var numbers = windows.rowNumbers();
        for (int i = 0; i < 64; i++) {
          int row = (int) numbers[i];
          for (int j = 0; j < 3; j++) {
            assertThat(batch.column(BatchColumn.OBSERVATION).get(3 * i + j))
                .isEqualTo(
                    (raw.observations().get(3 * row + j) - scale.mean()[j]) / scale.deviation()[j]);
            assertThat(batch.column(BatchColumn.NEXT_OBSERVATION).get(3 * i + j))
                .isEqualTo(
                    (raw.nextObservations().get(3 * row + j) - scale.mean()[j])
                        / scale.deviation()[j]);
          }
          assertThat((double) batch.column(BatchColumn.REWARD).get(i))
              .isCloseTo(row / deviation, within(1e-3));
          assertThat((double) batch.column(BatchColumn.RETURN_TO_GO).get(i))
              .as("in the unit of the rewards")
              .isCloseTo(returnToGo(row) / deviation, within(1e-2));
        }
      }
    }
  }

  /** The reward of a row is its number; episodes have 100 rows and terminate. */
  private static double returnToGo(int row) {
    double sum = 0;
    for (int next = row / 100 * 100 + 99; next >= row; next--) {
      sum = next + 0.9 * sum;
    }
    return sum;
  }

  @Test
  void scaleFollowsFromTheRowsAndNotFromHowTheyCameAndIsGoneOnWith() throws IOException {
    var store = store();
    try (var reader = ReplayStore.open(store.layout, "test");
        var inOneGo = windows();
        var inParts = windows();
        var restarted = windows()) {
      for (var manifest : reader.follow()) {
        if (manifest.getTotalRows() <= FIRST_ROWS) {
          inParts.take(reader, manifest.getTotalRows());
        }
      }
      inOneGo.take(reader, FIRST_ROWS);
      var one = batch();
      inOneGo.draw(1, one);
      inParts.draw(1, batch());
      inParts.take(reader, FIRST_ROWS + 400);
      inOneGo.take(reader, FIRST_ROWS + 400);
      Map<String, float[]> state = new HashMap<>();
      for (NamedTensor tensor : inParts.exportState()) {
        state.put(tensor.name(), tensor.values());
      }
      // After a restart all rows are there before the first draw.
      restarted.take(reader, FIRST_ROWS + 400);
      restarted.importState(state);
      inOneGo.draw(9, one);
      for (var windows : List.of(inParts, restarted)) {
        var other = batch();
        windows.draw(9, other);
        for (var column : BatchColumn.values()) {
          assertThat(other.column(column)).as("%s", column).isEqualTo(one.column(column));
        }
      }
    }
  }

  @Test
  void beforeTheFirstDrawTheScaleIsTheIdentityAndWithoutTheOptionThereIsNone() {
    try (var windows = windows()) {
      assertThat(windows.observationScale().orElseThrow().deviation()).containsOnly(1);
      assertThat(windows.exportState()).isEmpty();
    }
    try (var windows =
        new TrainingWindows(GrowingStore.SPEC, SamplingSpec.uniform(0.5, 10, 10, 1), 64, 1)) {
      assertThat(windows.observationScale()).isEmpty();
    }
  }
}
