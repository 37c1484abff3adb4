package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import io.millrace.trainer.window.ObservationScale;
import io.millrace.trainer.window.TrainingWindows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The part of training that repeats: the state after an update follows from the options, the rows,
 * and the updates at which rows were taken in, and from nothing else. It knows no clock, no Kafka
 * and no other thread.
 */
final class TrainingRun implements AutoCloseable {
  private static final String SAMPLING = "sampling/";

  private final Learner learner;
  private final TrainingWindows windows;
  private final NextBatch batches;
  private final int batchSize;
  private long updatesAtLastRows;
  private StorePosition position = StorePosition.getDefaultInstance();

  /** A run at update 0 that has no rows. */
  TrainingRun(StreamSpec spec, TrainerConfig.Learning learning, LearnerFactory learners) {
    learner = learners.create(learning.learnerSpec(spec), learning.threads());
    batchSize = learning.batchSize();
    windows = new TrainingWindows(spec, learning.sampling(), batchSize, learning.seed());
    batches = new NextBatch(windows, batchSize, learner.spec().networks());
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
    updatesAtLastRows = learner.updates();
  }

  /**
   * The largest number in the batch of an update, and where it stands: a row to look at if that
   * update came to something that is not finite. Empty if the batch cannot be drawn again: rows
   * were taken in since, or draws depend on more than rows and update.
   */
  Optional<String> largestNumber(long update) {
    if (update <= updatesAtLastRows || windows.rows() == 0 || !windows.isStateless()) {
      return Optional.empty();
    }
    batches.discard();
    var batch = batches.take(update);
    var rows = windows.rowNumbers();
    var found = "";
    float largest = -1;
    for (var column :
        List.of(BatchColumn.REWARD, BatchColumn.OBSERVATION, BatchColumn.NEXT_OBSERVATION)) {
      var numbers = batch.column(column);
      int width = numbers.remaining() / batch.rows();
      for (int i = 0; numbers.hasRemaining(); i++) {
        float number = numbers.get();
        if (Math.abs(number) > largest) {
          largest = Math.abs(number);
          found =
              number
                  + " ("
                  + column.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                  + " of row "
                  + rows[i / width]
                  + ")";
        }
      }
    }
    return Optional.of(found);
  }

  /** Runs the next update, and draws the batch of the one after meanwhile. */
  void update() {
    long update = learner.updates() + 1;
    var batch = batches.take(update);
    batches.begin(update + 1);
    learner.update(batch, update);
    if (windows.wantsErrors()) {
      windows.errors(learner.rowErrors());
    }
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
