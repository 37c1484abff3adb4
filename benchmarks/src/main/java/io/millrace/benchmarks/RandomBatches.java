package io.millrace.benchmarks;

import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.NetworkSpec;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Batches of random rows that are there beforehand, used in turn. */
final class RandomBatches {
  private static final int BATCHES = 16;

  private final List<Batch> batches = new ArrayList<>();

  RandomBatches(NetworkSpec networks, int batchSize) {
    var random = new Random(1);
    for (int i = 0; i < BATCHES; i++) {
      var batch = new Batch(batchSize, networks);
      for (var column :
          List.of(
              BatchColumn.OBSERVATION,
              BatchColumn.NEXT_OBSERVATION,
              BatchColumn.REWARD,
              BatchColumn.RETURN_TO_GO)) {
        FloatBuffer values = batch.column(column);
        while (values.hasRemaining()) {
          values.put((float) random.nextGaussian());
        }
      }
      FloatBuffer actions = batch.column(BatchColumn.ACTION);
      while (actions.hasRemaining()) {
        actions.put(
            networks.discreteActions() > 0
                ? random.nextInt(networks.discreteActions())
                : random.nextFloat() * 1.9f - 0.95f);
      }
      batches.add(batch);
    }
  }

  /** Runs updates, and waits for the last of them. */
  void run(Learner learner, int updates) {
    for (int i = 0; i < updates; i++) {
      long update = learner.updates() + 1;
      learner.update(batches.get((int) (update % BATCHES)), update);
    }
    learner.metrics();
  }
}
