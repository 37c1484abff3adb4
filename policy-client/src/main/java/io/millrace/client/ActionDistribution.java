package io.millrace.client;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.random.RandomGenerator;

/** How actions are drawn from what a policy's graph computes, for one kind of actions. */
sealed interface ActionDistribution permits SquashedGaussian, Categorical {
  /** The distribution of a stream's actions. */
  static ActionDistribution of(StreamSpec spec) {
    return spec.isDiscrete() ? new Categorical(spec) : new SquashedGaussian(spec);
  }

  /**
   * An output of the graph, float32 [rows, size].
   *
   * @param size how many numbers a row has
   */
  record Output(String name, int size) {}

  /** The format of such graphs. */
  ModelFormat format();

  /** What the graph computes beside {@code action}. */
  List<Output> outputs();

  /** How many numbers an action is. */
  int actionSize();

  /** Into the bounds, which a rounded sum may leave by a unit in the last place. */
  float bounded(int dimension, float action);

  /**
   * Logarithm of the probability of the action without noise; NaN where that has a density only.
   */
  double modeLogProbability();

  /**
   * Draws the action of one row.
   *
   * @param computed the {@link #outputs}, in their order
   * @param row of them and of the actions
   * @param actions receives the row, [rows, action size]
   * @return the natural log density of the action in the units of the environment, or its log
   *     probability
   */
  double sample(List<FloatBuffer> computed, int row, RandomGenerator random, float[] actions);
}
