package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.window.TrainingWindows;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The part of training that repeats: the state after an update follows from the options, the rows,
 * and the updates at which rows were taken in, and from nothing else. It knows no clock, no Kafka
 * and no other thread.
 */
final class TrainingRun implements AutoCloseable {
  private final Learner learner;
  private final TrainingWindows windows;
  private final Batch batch;
  private long updatesAtLastRows;
  private StorePosition position = StorePosition.getDefaultInstance();

  /** A run at update 0 that has no rows. */
  TrainingRun(StreamSpec spec, TrainerConfig.Learning learning, LearnerFactory learners) {
    learner = learners.create(learning.learnerSpec(spec), learning.threads());
    batch = new Batch(learning.batchSize(), learner.spec().networks());
    windows =
        new TrainingWindows(
            spec,
            learning.freshRows(),
            learning.historyRows(),
            learning.freshFraction(),
            learning.onlineFactor(),
            learning.seed());
  }

  /** Takes the state of the learner from elsewhere; rows are not part of it. */
  void goOnFrom(LearnerState state) {
    learner.importState(state);
  }

  /** Takes in all rows of the store up to a position that the store has reached. */
  void take(ReplayStore store, StorePosition upTo) throws IOException {
    windows.take(store, upTo.getRows());
    position = upTo;
    updatesAtLastRows = learner.updates();
  }

  /**
   * The largest number in the batch of an update, and where it stands: a row to look at if that
   * update came to something that is not finite. Empty if rows were taken in since.
   */
  Optional<String> largestNumber(long update) {
    if (update <= updatesAtLastRows || windows.rows() == 0) {
      return Optional.empty();
    }
    windows.draw(update, batch);
    var rows = windows.rowNumbers(update, batch.rows());
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

  /** Draws a batch and runs the next update. */
  void update() {
    long update = learner.updates() + 1;
    windows.draw(update, batch);
    learner.update(batch, update);
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
    return batch.rows();
  }

  Learner learner() {
    return learner;
  }

  @Override
  public void close() {
    windows.close();
    learner.close();
  }
}
