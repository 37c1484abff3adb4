package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import java.io.IOException;

/** Whether a store is the one that a run was trained on. */
final class StoreCheck {
  private StoreCheck() {}

  /**
   * Follows a store to a position of a run.
   *
   * @param spec of the run
   * @param run what to call it in an error
   * @throws TrainerException if the store does not reach the position, has other rows up to it, or
   *     is of another stream
   */
  static void follow(
      ReplayStore store, StoreLayout layout, StorePosition position, StreamSpec spec, String run)
      throws IOException {
    long sequence = position.getManifestSequence();
    store.follow(sequence);
    var reached = store.position();
    if (reached.getManifestSequence() < sequence) {
      throw new TrainerException(
          run
              + " has been trained on manifest "
              + sequence
              + ", and the store "
              + layout.root()
              + " ends at "
              + reached.getManifestSequence()
              + ": it is another store, or was made anew");
    }
    spec(store, layout, spec, run);
    // A reader that had gone further before does not know how many rows there were then.
    if (reached.getManifestSequence() == sequence && reached.getRows() != position.getRows()) {
      throw new TrainerException(
          run
              + " has been trained on "
              + position.getRows()
              + " rows up to manifest "
              + sequence
              + ", and the store "
              + layout.root()
              + " has "
              + reached.getRows()
              + " up to there: it is another store, or was made anew");
    }
  }

  /**
   * Looks at what a store's rows look like, if it has any.
   *
   * @throws TrainerException if it is not what the run's look like
   */
  static void spec(ReplayStore store, StoreLayout layout, StreamSpec spec, String run) {
    if (store.position().getManifestSequence() > 0 && !store.spec().equals(spec)) {
      throw new TrainerException(
          "the store " + layout.root() + " is of " + store.spec() + ", and " + run + " of " + spec);
    }
  }
}
