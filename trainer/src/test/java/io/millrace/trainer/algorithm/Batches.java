package io.millrace.trainer.algorithm;

import java.nio.FloatBuffer;
import java.util.Random;

/** Batches of random rows. */
final class Batches {
  private Batches() {}

  /**
   * Normal observations and rewards, actions within ±0.95 or any of the discrete ones, some
   * terminations, factors below 1 and unknown returns-to-go.
   */
  static Batch random(NetworkSpec networks, int rows, long seed) {
    var batch = new Batch(rows, networks);
    var random = new Random(seed);
    for (BatchColumn column : BatchColumn.values()) {
      FloatBuffer values = batch.column(column);
      while (values.hasRemaining()) {
        boolean index = column == BatchColumn.ACTION && networks.discreteActions() > 0;
        values.put(
            index ? random.nextInt(networks.discreteActions()) : (float) draw(column, random));
      }
    }
    return batch;
  }

  private static double draw(BatchColumn column, Random random) {
    return switch (column) {
      case OBSERVATION, NEXT_OBSERVATION, REWARD -> random.nextGaussian();
      case ACTION -> random.nextDouble() * 1.9 - 0.95;
      case TERMINATED -> random.nextInt(5) == 0 ? 1 : 0;
      case CONSERVATIVE_FACTOR -> random.nextBoolean() ? 1 : 0.25;
      case IMPORTANCE -> 0.5 + random.nextDouble();
      case RETURN_TO_GO ->
          random.nextInt(4) == 0 ? Double.NEGATIVE_INFINITY : random.nextGaussian();
    };
  }
}
