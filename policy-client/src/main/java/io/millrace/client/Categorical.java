package io.millrace.client;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Discrete actions with a probability each. An action is its index, the one of highest probability
 * where there is no noise.
 */
final class Categorical implements ActionDistribution {
  static final String PROBABILITY = "probability";
  static final String VALUE = "value";

  private final int actions;

  Categorical(StreamSpec spec) {
    actions = spec.discreteActions();
  }

  /** How many there are. */
  int actions() {
    return actions;
  }

  @Override
  public ModelFormat format() {
    return ModelFormat.MODEL_FORMAT_ONNX_CATEGORICAL;
  }

  @Override
  public List<Output> outputs() {
    return List.of(new Output(PROBABILITY, actions), new Output(VALUE, actions));
  }

  @Override
  public int actionSize() {
    return 1;
  }

  @Override
  public float bounded(int dimension, float action) {
    return Math.max(0, Math.min(actions - 1, action));
  }

  /** What is chosen without noise is chosen in any case. */
  @Override
  public double modeLogProbability() {
    return 0;
  }

  @Override
  public double sample(
      List<FloatBuffer> computed, int row, RandomGenerator random, float[] chosen) {
    FloatBuffer probabilities = computed.get(0);
    int first = row * actions;
    // The sum of rounded probabilities is 1 to within a few units in the last place.
    double sum = 0;
    for (int i = 0; i < actions; i++) {
      sum += probabilities.get(first + i);
    }
    double left = random.nextDouble() * sum;
    int index = -1;
    for (int i = 0; i < actions && (index < 0 || left >= 0); i++) {
      double probability = probabilities.get(first + i);
      if (probability > 0) {
        index = i;
        left -= probability;
      }
    }
    chosen[row] = index;
    return Math.log(probabilities.get(first + index) / sum);
  }
}
