package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.trainer.TrainerConfig.ValueGuard;
import io.millrace.trainer.algorithm.DivergenceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of an update that failed, with updates on libtorch. */
class TrainingRunTest {
  /** More than the history has room for, so that which rows are held changes all the time. */
  private static final int ROWS = 3_000;

  @TempDir private Path directory;
  private GrowingStore store;

  @BeforeEach
  void makeStore() {
    store = new GrowingStore(directory.resolve("store"), 1);
  }

  private static TrainerConfig.Learning learning(String options) {
    return TrainerOptions.config(
            Settings.parse(
                "test.yaml",
                """
                stream: {name: test, observation-size: 3, action-low: [-2, 0], action-high: [2, 1]}
                trainer:
                  algorithm: sac
                  hidden-sizes: [8]
                  threads: 1
                  batch-size: 64
                  fresh-fraction: 0
                  fresh-rows: 256
                  history-rows: 1024
                  %s
                """
                    .formatted(options.replace(", ", "\n  ")),
                List.of(StreamOptions.GROUP, TrainerOptions.GROUP)))
        .learning();
  }

  /** The first of some rows has a reward that no float can square, the others have 1. */
  private void append(int rows, boolean poisoned) throws IOException {
    long first = store.rows();
    store.append(rows, row -> row.reward = poisoned && row.offset % 64 == first % 64 ? -1e30f : 1);
  }

  private void take(TrainingRun run, ReplayStore reader) throws IOException {
    reader.follow();
    run.take(reader, reader.position());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sampler: uniform",
        "sampler: recency",
        "sampler: episode-balanced",
        "sampler: prioritised",
        "history: shuffled",
        "normalise-observations: true"
      })
  void theRowBehindAFailureIsNamedThoughOtherRowsHaveComeIn(String options) throws Exception {
    append(ROWS, false);
    try (var reader = ReplayStore.open(store.layout, "test");
        var run =
            new TrainingRun(
                GrowingStore.SPEC, learning(options), ValueGuard.OFF, new LibtorchLearners())) {
      take(run, reader);
      runUpdates(run, 3);
      run.learner().check();
      append(2_000, true);
      take(run, reader);
      // With a shuffled history rows come in some updates later.
      runUpdates(run, 40);
      append(2_000, false);
      take(run, reader);
      runUpdates(run, 3);
      var failure = catchThrowableOfType(DivergenceException.class, () -> run.learner().check());
      assertThat(failure.update()).isBetween(4L, 43L);
      assertThat(run.rowsBehind(failure))
          .startsWith("its 64 rows are ")
          .containsPattern(
              "; in them stand out reward -1[.]0E30 of row (3000|3\\d\\d\\d|4\\d\\d\\d) [(]");
    }
  }

  private static void runUpdates(TrainingRun run, int updates) {
    for (int i = 0; i < updates; i++) {
      run.update();
    }
  }

  @Test
  void failureIsSeenWhileItsRowsAreRememberedWhoeverReadsTheMetrics() throws Exception {
    append(ROWS, true);
    try (var reader = ReplayStore.open(store.layout, "test");
        var run =
            new TrainingRun(
                GrowingStore.SPEC, learning("seed: 1"), ValueGuard.OFF, new LibtorchLearners())) {
      take(run, reader);
      var failure = catchThrowableOfType(DivergenceException.class, () -> runUpdates(run, 1_001));
      assertThat(run.updates()).isEqualTo(1_000);
      assertThat(run.rowsBehind(failure)).contains("reward -1.0E30 of row ");
    }
  }

  @Test
  void limitOfValuesFollowsTheRewardsThatHaveComeIn() throws Exception {
    append(ROWS, false);
    store.append(64, row -> row.reward = -7);
    append(ROWS, false);
    try (var learner =
            new PlainLearner(learning("seed: 1").learnerSpec(GrowingStore.SPEC), u -> {});
        var reader = ReplayStore.open(store.layout, "test");
        var run =
            new TrainingRun(
                GrowingStore.SPEC,
                learning("seed: 1"),
                new ValueGuard(1, 0.99),
                (spec, threads) -> learner)) {
      reader.follow();
      for (int rows : List.of(ROWS, ROWS + 64, 2 * ROWS + 64)) {
        run.take(reader, StorePosition.newBuilder().setRows(rows).build());
        runUpdates(run, 2);
      }
      assertThat(learner.limits())
          .usingComparatorForType(
              Comparator.comparingLong((Double limit) -> Math.round(1e6 * limit)), Double.class)
          .containsExactly((1 + 2) / 0.01, (7 + 2) / 0.01);
    }
  }
}
