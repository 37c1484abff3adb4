package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.store.Column;
import io.millrace.store.ReplayStore;
import io.millrace.store.Window;
import io.millrace.store.WindowRange.RowRange;
import io.millrace.trainer.GrowingStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpisodeReturnsTest {
  private static final double DISCOUNT = 0.9;
  private static final int TAIL_ROWS = 10;

  @TempDir private Path directory;

  private record Step(long episode, int step, float reward, boolean terminated, boolean truncated) {
    boolean ends() {
      return terminated || truncated;
    }
  }

  /** Interleaved episodes; some lack a step, some never end. */
  private static List<Step> interleaved(int count, Random random) {
    var steps = new ArrayList<Step>();
    var open = new long[5];
    var next = new int[5];
    for (int i = 0; i < count; i++) {
      int which = random.nextInt(open.length);
      if (random.nextInt(40) == 0) {
        next[which]++;
      }
      boolean terminated = random.nextInt(30) == 0;
      boolean truncated = !terminated && random.nextInt(30) == 0;
      steps.add(
          new Step(
              10L * which + 1_000L * open[which],
              next[which],
              (float) random.nextGaussian(),
              terminated,
              truncated));
      next[which]++;
      if (terminated || truncated) {
        open[which]++;
        next[which] = 0;
      }
    }
    return steps;
  }

  /** By the definition: forward from the row through those of its episode. */
  private static double returnToGo(List<Step> steps, int row) {
    var rest = new ArrayList<Step>();
    for (var step : steps.subList(row, steps.size())) {
      if (step.episode() == steps.get(row).episode()) {
        if (!rest.isEmpty() && step.step() != rest.get(rest.size() - 1).step() + 1) {
          return Double.NEGATIVE_INFINITY;
        }
        rest.add(step);
        if (step.ends()) {
          return sum(rest) + Math.pow(DISCOUNT, rest.size()) * afterwards(steps, rest);
        }
      }
    }
    return Double.NEGATIVE_INFINITY;
  }

  private static double sum(List<Step> rest) {
    double sum = 0;
    for (int k = 0; k < rest.size(); k++) {
      sum += Math.pow(DISCOUNT, k) * rest.get(k).reward();
    }
    return sum;
  }

  private static double afterwards(List<Step> steps, List<Step> rest) {
    var last = rest.get(rest.size() - 1);
    if (last.terminated()) {
      return 0;
    }
    var tail = new ArrayList<Float>();
    int expected = last.step();
    for (int i = steps.indexOf(last); i >= 0 && tail.size() < TAIL_ROWS; i--) {
      if (steps.get(i).episode() == last.episode()) {
        if (steps.get(i).step() != expected) {
          break;
        }
        expected--;
        tail.add(steps.get(i).reward());
      }
    }
    return tail.stream().mapToDouble(reward -> reward).average().orElseThrow() / (1 - DISCOUNT);
  }

  private static GrowingStore store(Path root, List<Step> steps, int... cuts) throws IOException {
    var store = new GrowingStore(root, 1);
    var next = steps.iterator();
    int written = 0;
    for (int cut : cuts) {
      store.append(
          cut - written,
          row -> {
            var step = next.next();
            row.episodeId = step.episode();
            row.step = step.step();
            row.reward = step.reward();
            row.terminated = step.terminated();
            row.truncated = step.truncated();
          });
      written = cut;
    }
    return store;
  }

  @Test
  void everyRowHasTheReturnOfItsEpisodeHoweverRowsWereCutAndWhereverTheyAreHeld()
      throws IOException {
    int count = 900;
    var steps = interleaved(count, new Random(4));
    var store = store(directory, steps, 1, 2, 350, 351, 600, count);
    var spec = SamplingSpec.uniform(0.5, 150, 300, 1).withReturns(DISCOUNT);
    var batch = new Batch(64, new NetworkSpec(3, 2, List.of(8)));
    var known = new boolean[count];
    try (var reader = ReplayStore.open(store.layout, "test");
        var windows = new TrainingWindows(GrowingStore.SPEC, spec, 64, 1)) {
      for (var manifest : reader.follow()) {
        int rows = (int) manifest.getTotalRows();
        windows.take(reader, rows);
        for (int update = rows; update < rows + 60; update++) {
          windows.draw(update, batch);
          var numbers = windows.rowNumbers();
          for (int i = 0; i < numbers.length; i++) {
            int row = (int) numbers[i];
            double expected = returnToGo(steps.subList(0, rows), row);
            float found = batch.column(BatchColumn.RETURN_TO_GO).get(i);
            known[row] |= Float.isFinite(found);
            if (expected == Double.NEGATIVE_INFINITY) {
              assertThat(found).as("row %s of %s", row, rows).isEqualTo((float) expected);
            } else {
              assertThat((double) found)
                  .as("row %s of %s", row, rows)
                  .isCloseTo(expected, within(1e-4));
            }
          }
        }
      }
    }
    int rowsKnown = 0;
    for (boolean row : known) {
      rowsKnown += row ? 1 : 0;
    }
    assertThat(rowsKnown).as("cases that are not minus infinity").isGreaterThan(count / 4);
  }

  @Test
  void whatIsHeldOfEpisodesWithoutAnEndIsBounded() throws IOException {
    // Episode 1 is quiet from row 3 on, episode 2 fills the bound, episode 3 ends within it.
    var steps = new ArrayList<Step>();
    for (int i = 0; i < 3; i++) {
      steps.add(new Step(1, i, 1, false, false));
    }
    for (int i = 0; i < 5; i++) {
      steps.add(new Step(2, i, 1, false, false));
    }
    steps.add(new Step(3, 0, 1, false, false));
    steps.add(new Step(1, 3, 1, true, false));
    steps.add(new Step(2, 5, 1, true, false));
    var store = store(directory, steps, steps.size());
    var found = new float[steps.size()];
    Arrays.fill(found, Float.NEGATIVE_INFINITY);
    try (var reader = ReplayStore.open(store.layout, "test")) {
      reader.follow();
      try (Window window = reader.window(new RowRange(0, steps.size()), Column.ALL)) {
        new EpisodeReturns(0.5, 8)
            .append(
                0, new TransitionRows.Columns(window), (row, value) -> found[(int) row] = value);
      }
    }
    assertThat(found[0]).as("forgotten").isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(found[9]).as("the rest of the forgotten one").isEqualTo(1);
    assertThat(found[3]).as("2 - 2^-5").isEqualTo(1.96875f);
    assertThat(found[8]).as("no end yet").isEqualTo(Float.NEGATIVE_INFINITY);
  }
}
