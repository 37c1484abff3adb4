package io.millrace.trainer.window;

import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import java.util.List;
import java.util.Map;

/** Chooses slots of the history. */
interface HistorySampler {
  /** A row of this episode was written to a slot, in place of what that held. */
  default void written(int slot, long episodeId) {}

  /**
   * Chooses the rows of an update from {@code draw.fresh()} on.
   *
   * @param key of the update's random numbers, of which number i is for row i
   * @param size of the history: slots 0 to this
   */
  void choose(long key, int size, Draw draw);

  /** The chosen rows had these absolute TD errors. */
  default void errors(Draw draw, float[] errors) {}

  /** Whether {@link #errors} is to be called after each update. */
  default boolean wantsErrors() {
    return false;
  }

  /** What draws depend on beside rows, seed and update. */
  default List<NamedTensor> exportState() {
    return List.of();
  }

  /** Goes on from such a state, with the same rows; what is missing stays as it is. */
  default void importState(Map<String, float[]> state) {}
}
