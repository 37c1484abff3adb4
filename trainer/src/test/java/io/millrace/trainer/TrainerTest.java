package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.trainer.TrainerStatus.Phase;
import io.millrace.trainer.algorithm.ActionPrior;
import io.millrace.trainer.algorithm.Regularizer;
import io.millrace.trainer.checkpoint.CheckpointDirectory;
import io.millrace.trainer.checkpoint.StateDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final long UPDATES = 400;

  @TempDir private Path path;
  private GrowingStore rows;

  /** What kill -9 does to the training thread. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void makeStore() {
    rows = new GrowingStore(path.resolve("store"), 1);
  }

  private Settings settings(String directory) {
    return settings(directory, "seed: 0");
  }

  private Settings settings(String directory, String options) {
    return Settings.parse(
            "test.yaml",
            """
            stream: {name: test, observation-size: 3, action-low: [-2, 0], action-high: [2, 1]}
            trainer:
              hidden-sizes: [8]
              threads: 1
              batch-size: 16
              fresh-rows: 64
              history-rows: 256
              min-rows: 50
              samples-per-row: 0
              max-updates: 400
              checkpoint-updates: 70
              checkpoint-interval: 1 h
              metrics-updates: 10
              store-poll-interval: 1 ms
              %s
            policy: {publish: false}
            """
                .formatted(options.replace(", ", "\n  ")),
            List.of(StreamOptions.GROUP, TrainerOptions.GROUP))
        .with(StreamOptions.STORE_PATH, rows.layout.root())
        .with(TrainerOptions.DIRECTORY, path.resolve(directory))
        .with(TrainerOptions.READER, directory);
  }

  private TrainerConfig config(String directory) {
    return TrainerOptions.config(settings(directory));
  }

  private static void train(TrainerConfig config, LongConsumer beforeUpdate)
      throws IOException, InterruptedException {
    try (var trainer =
        Trainer.open(
            config,
            TrainerListener.NONE,
            (spec, threads) -> new PlainLearner(spec, beforeUpdate))) {
      trainer.run();
    }
  }

  /** Trains, and crashes before each of these updates when it comes to it first. */
  private static void trainWithCrashes(
      TrainerConfig config, Set<Long> crashes, LongConsumer beforeUpdate)
      throws IOException, InterruptedException {
    var left = new TreeSet<>(crashes);
    while (true) {
      try {
        train(
            config,
            update -> {
              beforeUpdate.accept(update);
              if (left.remove(update)) {
                throw new Crash();
              }
            });
        assertThat(left).isEmpty();
        return;
      } catch (TrainerException e) {
        assertThat(e).hasCauseInstanceOf(Crash.class);
      }
    }
  }

  /** Trains with crashes while rows come in, so many before each of some updates. */
  private void trainAsRowsComeIn(TrainerConfig config, int every, int count, Set<Long> crashes)
      throws IOException, InterruptedException {
    var appended = new TreeSet<Long>();
    trainWithCrashes(
        config,
        crashes,
        update -> {
          if (update % every == 5 && appended.add(update)) {
            append(count);
            awaitPoll();
          }
        });
    assertThat(appended).hasSize((int) ((UPDATES - 5 + every - 1) / every));
  }

  private JournalReplay.Result replayed(TrainerConfig config) throws IOException {
    return JournalReplay.read(config.directory().resolve("journal"))
        .run(
            rows.layout,
            "replay",
            TrainerListener.NONE,
            (spec, threads) -> new PlainLearner(spec, update -> {}));
  }

  private static ByteString digest(TrainerConfig config) throws IOException {
    var newest =
        CheckpointDirectory.open(config.directory().resolve("checkpoints"), 3)
            .newest()
            .orElseThrow();
    assertThat(newest.header().getUpdate()).isEqualTo(UPDATES);
    return ByteString.copyFrom(StateDigest.sha256(newest.state()));
  }

  @Test
  void runThatCrashesAnywhereEndsAsOneThatNeverDid() throws Exception {
    rows.append(300);
    rows.append(200);
    train(config("whole"), update -> {});
    var random = new Random(5);
    for (int i = 0; i < 6; i++) {
      var crashes = new TreeSet<Long>();
      while (crashes.size() < 3) {
        crashes.add(1 + random.nextLong(UPDATES));
      }
      var config = config("crashed-" + i);
      trainWithCrashes(config, crashes, update -> {});
      assertThat(digest(config))
          .as("crashed before %s", crashes)
          .isEqualTo(digest(config("whole")));
    }
  }

  @Test
  void rowsThatCameDuringTheRunAreTakenInAtTheSameUpdatesAfterACrash() throws Exception {
    rows.append(60);
    var config = config("live");
    trainAsRowsComeIn(config, 30, 17, Set.of(101L, 102L, 250L, 399L));
    var replayed = replayed(config);
    assertThat(replayed.update()).isEqualTo(UPDATES);
    assertThat(replayed.divergedAt()).isEmpty();
    assertThat(ByteString.copyFrom(StateDigest.sha256(replayed.state()))).isEqualTo(digest(config));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sampler: recency, recency-half-life-rows: 60",
        "sampler: episode-balanced",
        "sampler: prioritised, priority-correction-updates: 300",
        "normalise-observations: true, normalise-rewards: std",
        "algorithm: cal-ql, discount: 0.9",
        "online-conservative-factor: 0.25, online-conservative-rows: 300",
        "fresh: on-policy, online-conservative-factor: 0",
        "warm-start-rows: 150",
        "history: shuffled, online-conservative-factor: 0, online-conservative-rows: 300",
        "history: shuffled"
      })
  void crashesAndReplayComeToTheSameWhateverTheSampler(String options) throws Exception {
    rows.append(60);
    var config = TrainerOptions.config(settings("live", options));
    trainAsRowsComeIn(config, 20, 37, Set.of(10L, 101L, 102L, 250L, 399L));
    var replayed = replayed(config);
    assertThat(replayed.divergedAt()).isEmpty();
    assertThat(replayed.compared()).isEqualTo(6);
    assertThat(ByteString.copyFrom(StateDigest.sha256(replayed.state()))).isEqualTo(digest(config));
  }

  @Test
  void warmStartOfEverythingHasNoUpdatesAndNoneIsOwedForItsRows() throws Exception {
    rows.append(60, row -> row.policyRevision = 0);
    var config =
        TrainerOptions.config(
            settings("warm", "warm-start-rows: 30, warm-start-holds: all")
                .with(TrainerOptions.OFFLINE_UPDATES, 20L)
                .with(TrainerOptions.HOLD_BACK, true)
                .with(TrainerOptions.MIN_ROWS, 60L)
                .with(TrainerOptions.SAMPLES_PER_ROW, 16.0)
                .with(TrainerOptions.SAMPLES_PER_ROW_BAND, 16L)
                .with(TrainerOptions.MAX_UPDATES, 52L));
    var seen = new TreeSet<String>();
    try (var trainer =
        Trainer.open(
            config,
            new TrainerListener() {
              @Override
              public void progressed(TrainerStatus status) {
                // Ten rows at a time, each a manifest, of which every second row is on-policy.
                if (status.phase() == Phase.WAITING_FOR_ROWS && status.lag() == 0) {
                  seen.add(status.rows() + " rows: update " + status.update());
                  append(10);
                }
              }
            },
            (spec, threads) -> new PlainLearner(spec, update -> {}))) {
      trainer.run();
    }
    // One update may be ahead: 20 + 1 on the log. Rows 61 to 119 are those of the warm start; the
    // 120th is its last. With the next ten come ten updates.
    assertThat(seen)
        .containsExactly(
            "100 rows: update 21",
            "110 rows: update 21",
            "120 rows: update 22",
            "130 rows: update 32",
            "140 rows: update 42",
            "60 rows: update 21",
            "70 rows: update 21",
            "80 rows: update 21",
            "90 rows: update 21");
    var replayed = replayed(config);
    assertThat(replayed.divergedAt()).isEmpty();
    assertThat(replayed.update()).isEqualTo(52);
  }

  @Test
  void otherScaleInTheSameDirectoryIsRefused() throws Exception {
    rows.append(300);
    train(config("taken"), update -> {});
    var other =
        TrainerOptions.config(settings("taken").with(SamplingOptions.NORMALISE_OBSERVATIONS, true));
    assertThatThrownBy(() -> train(other, update -> {}))
        .isInstanceOf(TrainerException.class)
        .hasMessageContaining("trainer.normalise-observations false")
        .hasMessageContaining("begin in another trainer.directory");
  }

  private void append(int count) {
    try {
      rows.append(count);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The store is polled every millisecond at most. */
  private static void awaitPoll() {
    long until = System.nanoTime() + 2_000_000;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
  }

  @Test
  void damagedNewestCheckpointCostsNothingButTime() throws Exception {
    rows.append(300);
    train(config("whole"), update -> {});
    var config = config("damaged");
    trainWithOneCrash(config, 290);
    var newest = config.directory().resolve("checkpoints/00000000000000000280.checkpoint");
    Files.write(newest, new byte[] {1, 2, 3});
    train(config, update -> {});
    assertThat(digest(config)).isEqualTo(digest(config("whole")));
  }

  /** Trains up to a crash, and not again. */
  private static void trainWithOneCrash(TrainerConfig config, long update) {
    assertThatThrownBy(
            () ->
                train(
                    config,
                    next -> {
                      if (next == update) {
                        throw new Crash();
                      }
                    }))
        .hasCauseInstanceOf(Crash.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"seed: 0", "sampler: prioritised", "history: shuffled"})
  void changedOptionsHoldFromTheCheckpointOnAndReplayKnows(String options) throws Exception {
    rows.append(900);
    var config = TrainerOptions.config(settings("changed", options));
    trainWithOneCrash(config, 200);
    var changed =
        TrainerOptions.config(
            settings("changed", options)
                .with(TrainerOptions.BATCH_SIZE, 24)
                .with(TrainerOptions.HISTORY_ROWS, 600)
                .with(TrainerOptions.FRESH_ROWS, 40));
    var first = new ArrayList<Long>();
    train(changed, first::add);
    assertThat(first.get(0)).as("goes on after the checkpoint").isEqualTo(141);
    var replayed = replayed(config);
    assertThat(ByteString.copyFrom(StateDigest.sha256(replayed.state()))).isEqualTo(digest(config));
    assertThat(replayed.divergedAt()).isEmpty();
  }

  @Test
  void otherNetworkInTheSameDirectoryIsRefused() throws Exception {
    rows.append(300);
    train(config("taken"), update -> {});
    var other =
        TrainerOptions.config(settings("taken").with(TrainerOptions.HIDDEN_SIZES, List.of(9)));
    assertThatThrownBy(() -> train(other, update -> {}))
        .isInstanceOf(TrainerException.class)
        .hasMessageContaining("hidden-sizes [8]")
        .hasMessageContaining("[9]");
    var ensemble = TrainerOptions.config(settings("taken").with(AlgorithmOptions.CRITICS, 5));
    assertThatThrownBy(() -> train(ensemble, update -> {}))
        .isInstanceOf(TrainerException.class)
        .hasMessageContaining("trainer.critics 2, the configuration says 5");
  }

  @Test
  void regularizerWithAnotherStateInTheSameDirectoryIsRefused() throws Exception {
    rows.append(300);
    train(config("regularized"), update -> {});
    var lagged = settings("regularized").with(AlgorithmOptions.REGULARIZER, Regularizer.RHO);
    assertThatThrownBy(() -> train(TrainerOptions.config(lagged), update -> {}))
        .isInstanceOf(TrainerException.class)
        .hasMessageContaining("trainer.regularizer h, the configuration says rho");
    // Uniform actions need no copy of the policy.
    train(
        TrainerOptions.config(lagged.with(AlgorithmOptions.ACTION_PRIOR, ActionPrior.UNIFORM)),
        update -> {});
  }

  @Test
  void secondTrainerInTheSameDirectoryIsRefused() throws Exception {
    rows.append(300);
    LearnerFactory learners = (spec, threads) -> new PlainLearner(spec, update -> {});
    try (var first = Trainer.open(config("locked"), TrainerListener.NONE, learners)) {
      assertThat(first.status().phase()).isEqualTo(Phase.STARTING);
      assertThatThrownBy(() -> Trainer.open(config("locked"), TrainerListener.NONE, learners))
          .isInstanceOf(TrainerException.class)
          .hasMessageContaining("another trainer");
    }
    train(config("locked"), update -> {});
  }

  @Test
  void storeThatLostWhatTheRunWasTrainedOnIsRefused() throws Exception {
    rows.append(100);
    rows.append(100);
    train(config("run"), update -> {});
    var other = new GrowingStore(path.resolve("other"), 1);
    other.append(100);
    var config =
        TrainerOptions.config(settings("run").with(StreamOptions.STORE_PATH, other.layout.root()));
    assertThatThrownBy(() -> train(config, update -> {}))
        .hasMessageContaining("trained on manifest 2")
        .hasMessageContaining("ends at 1");
  }

  @Test
  void waitsForRowsAndStopsOnRequest() throws Exception {
    var limited =
        TrainerOptions.config(
            settings("limited")
                .with(TrainerOptions.SAMPLES_PER_ROW, 4.0)
                .with(TrainerOptions.SAMPLES_PER_ROW_BAND, 16L));
    var phases = new ArrayList<Phase>();
    try (var trainer =
        Trainer.open(
            limited,
            new TrainerListener() {
              @Override
              public void progressed(TrainerStatus status) {
                if (phases.isEmpty() || phases.get(phases.size() - 1) != status.phase()) {
                  phases.add(status.phase());
                  if (phases.size() == 1) {
                    append(100);
                  }
                }
              }
            },
            (spec, threads) -> new PlainLearner(spec, update -> {}))) {
      var stopper =
          new Thread(
              () -> {
                // (100 - 50) · 4 + 16 rows are drawn at most: 13 batches of 16.
                org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> trainer.status().update() == 13);
                trainer.stop();
              });
      stopper.start();
      trainer.run();
      stopper.join();
      assertThat(trainer.status().phase()).isEqualTo(Phase.STOPPED);
      assertThat(trainer.status().samples()).isEqualTo(13 * 16);
      assertThat(trainer.status().lag()).isZero();
    }
    assertThat(phases).startsWith(Phase.WAITING_FOR_ROWS).endsWith(Phase.STOPPING, Phase.STOPPED);
    assertThat(limited.directory().resolve("checkpoints/00000000000000000013.checkpoint")).exists();
  }
}
