package io.millrace.trainer.window;

import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import java.nio.FloatBuffer;

/** Where the drawn rows of a batch are written: its columns, looked up once. */
final class BatchWriter {
  final FloatBuffer observations;
  final FloatBuffer actions;
  final FloatBuffer rewards;
  final FloatBuffer nextObservations;
  final FloatBuffer terminated;
  final FloatBuffer returns;
  final FloatBuffer conservativeFactors;
  final FloatBuffer importance;

  /** Where {@link TransitionRows} puts a number of no use, so that it is not left out. */
  float touched;

  BatchWriter(Batch batch) {
    observations = batch.column(BatchColumn.OBSERVATION);
    actions = batch.column(BatchColumn.ACTION);
    rewards = batch.column(BatchColumn.REWARD);
    nextObservations = batch.column(BatchColumn.NEXT_OBSERVATION);
    terminated = batch.column(BatchColumn.TERMINATED);
    returns = batch.column(BatchColumn.RETURN_TO_GO);
    conservativeFactors = batch.column(BatchColumn.CONSERVATIVE_FACTOR);
    importance = batch.column(BatchColumn.IMPORTANCE);
  }
}
