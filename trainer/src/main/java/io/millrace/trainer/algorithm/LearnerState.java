package io.millrace.trainer.algorithm;

import java.util.List;

/**
 * A learner's whole state between two updates: what a checkpoint holds.
 *
 * @param update updates done
 * @param tensors parameters, Adam moments, targets; names and order are the algorithm's
 */
public record LearnerState(long update, List<NamedTensor> tensors) {
  public LearnerState {
    Limits.between("update", update, 0, Long.MAX_VALUE);
    tensors = List.copyOf(tensors);
  }

  /**
   * A flat tensor.
   *
   * @param values one-dimensional, in the order of the algorithm's layout
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier for checkpoints; never compared
  public record NamedTensor(String name, float[] values) {}
}
