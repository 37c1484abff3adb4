package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.trainer.TrainerConfig.ValueGuard;
import io.millrace.trainer.algorithm.DivergenceException;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import io.millrace.trainer.window.ObservationScale;
import io.millrace.trainer.window.OnlineSpec.Held;
import io.millrace.trainer.window.TrainingWindows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The part of training that repeats: the state after an update follows from the options, the rows,
 * and the updates at which rows were taken in, and from nothing else. It knows no clock, no Kafka
 * and no other thread.
 */
final class TrainingRun implements AutoCloseable {
  private static final String SAMPLING = "sampling/";
  private static final int ROWS_NAMED = 10;

  private final Learner learner;
  private final TrainingWindows windows;
  private final NextBatch batches;
  private final int batchSize;
  private final RecentBatches recent;
  private final ValueGuard guard;
  private double valueLimit = Double.POSITIVE_INFINITY;
  private Optional<ReplayStore> source = Optional.empty();
  private StorePosition position = StorePosition.getDefaultInstance();

  /** A run at update 0 that has no rows. */
  TrainingRun(
      StreamSpec spec, TrainerConfig.Learning learning, ValueGuard guard, LearnerFactory learners) {
    this.guard = guard;
    learner = learners.create(learning.learnerSpec(spec), learning.threads());
    batchSize = learning.batchSize();
    windows = new TrainingWindows(spec, learning.sampling(), batchSize, learning.seed());
    batches = new NextBatch(windows, batchSize, learner.spec().networks());
    recent = new RecentBatches(batchSize);
  }

  /**
   * The learner's state, and what draws depend on beside rows, seed and update; the names of the
   * latter begin with {@code sampling/}.
   */
  LearnerState exportState() {
    var state = learner.exportState();
    var tensors = new ArrayList<>(state.tensors());
    for (var tensor : windows.exportState()) {
      tensors.add(new NamedTensor(SAMPLING + tensor.name(), tensor.values()));
    }
    return new LearnerState(state.update(), tensors);
  }

  /** Goes on from such a state, once the rows are taken in that it was reached with. */
  void goOnFrom(LearnerState state) throws IOException {
    Map<String, float[]> sampling = new HashMap<>();
    var learning = new ArrayList<NamedTensor>();
    for (var tensor : state.tensors()) {
      if (tensor.name().startsWith(SAMPLING)) {
        sampling.put(tensor.name().substring(SAMPLING.length()), tensor.values());
      } else {
        learning.add(tensor);
      }
    }
    batches.discard();
    windows.importState(sampling);
    learner.importState(new LearnerState(state.update(), learning));
  }

  /** Takes in all rows of the store up to a position that the store has reached. */
  void take(ReplayStore store, StorePosition upTo) throws IOException {
    batches.discard();
    windows.take(store, upTo.getRows());
    position = upTo;
    source = Optional.of(store);
  }

  /**
   * What is known of an update that failed: its rows, and the numbers in them that stand out, as
   * they are in the store.
   *
   * @return {@code its 64 rows are 17, 5500, …; in them stand out reward -1.0E30 of row 5500 …}
   */
  String rowsBehind(DivergenceException failure) {
    // Whatever reads the store beside this thread has come to its end then.
    batches.discard();
    var rows = recent.rows(failure.update());
    if (rows.isEmpty() || source.isEmpty()) {
      return "its rows are not known any more";
    }
    var numbers = rows.get();
    var named =
        Arrays.stream(numbers)
            .sorted()
            .distinct()
            .limit(ROWS_NAMED)
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", "));
    var text = "its " + numbers.length + " rows are " + named;
    if (numbers.length > ROWS_NAMED) {
      text += ", …";
    }
    try {
      return text + "; in them stand out " + OutstandingNumbers.of(source.get(), numbers);
    } catch (IOException | IndexOutOfBoundsException e) {
      return text + ", and can't be read any more: " + e.getMessage();
    }
  }

  /** Runs the next update, and draws the batch of the one after meanwhile. */
  void update() {
    long update = learner.updates() + 1;
    var batch = batches.take(update);
    recent.add(update, batches.rowNumbers());
    limitValues();
    batches.begin(update + 1);
    learner.update(batch, update, windows.isHeld(Held.POLICY));
    if (update % recent.updates() == 0) {
      // Later, the rows of an update that failed would be forgotten.
      learner.check();
    }
    if (windows.wantsErrors()) {
      windows.errors(learner.rowErrors());
    }
  }

  private void limitValues() {
    double limit = guard.limit(windows.largestReward(), learner.spec().networks().actionSize());
    if (limit != valueLimit) {
      valueLimit = limit;
      learner.limitValues(limit);
    }
  }

  /** Whether no update is to be run before more rows have come in. */
  boolean isHeld() {
    return windows.isHeld(Held.ALL);
  }

  /** How many of the rows that came in after the first so many are for no update. */
  long rowsHeld(long firstRows) {
    return windows.rowsAllHeld(firstRows);
  }

  /** Figures of the last update, the learner's and those of what it was given. */
  Map<String, Double> metrics() {
    var metrics = new LinkedHashMap<>(learner.metrics().values());
    metrics.putAll(windows.figures());
    return metrics;
  }

  /** What the policy's observations are scaled by; empty: by nothing. */
  Optional<ObservationScale> observationScale() {
    return windows.observationScale();
  }

  /** Updates behind the parameters. */
  long updates() {
    return learner.updates();
  }

  /** How much of the store has been taken in. */
  StorePosition position() {
    return position;
  }

  int batchSize() {
    return batchSize;
  }

  Learner learner() {
    return learner;
  }

  @Override
  public void close() {
    batches.close();
    windows.close();
    learner.close();
  }
}
