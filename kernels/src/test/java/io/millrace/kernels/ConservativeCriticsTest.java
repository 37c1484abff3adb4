package io.millrace.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConservativeCriticsTest {
  private static final int BLOCK = 32;

  /** A problem, and how much the actions of a state differ: 0 makes them all alike. */
  record Case(String name, CriticShape shape, int states, int sampled, double spread) {
    @Override
    public String toString() {
      return name;
    }

    ConservativeBatch batch() {
      return batch(sampled);
    }

    ConservativeBatch batch(int firstFloored) {
      var random = new Random(states + sampled);
      var observations = normals(random, states * shape.observationSize(), 1);
      var actions = new float[states * (sampled + 1) * shape.actionSize()];
      for (int state = 0; state < states; state++) {
        var centre = normals(random, shape.actionSize(), 0.5);
        for (int i = 0; i < (sampled + 1) * shape.actionSize(); i++) {
          double action = centre[i % shape.actionSize()] + spread * (2 * random.nextDouble() - 1);
          actions[state * (sampled + 1) * shape.actionSize() + i] = (float) Math.tanh(action);
        }
      }
      var weights = new float[shape.critics()];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = 5f - i;
      }
      return new ConservativeBatch(
          observations,
          actions,
          normals(random, states * sampled, 1),
          normals(random, states, 2),
          weights,
          positives(random, states),
          positives(random, states),
          normals(random, states, 0.3),
          firstFloored,
          0.7f);
    }

    float[] parameters() {
      var random = new Random(7);
      var parameters = new float[shape.critics() * shape.length()];
      double bound = 1 / Math.sqrt(shape.inputSize());
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] = (float) ((2 * random.nextDouble() - 1) * bound);
      }
      return parameters;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("the usual", new CriticShape(2, 17, 6, 64, 64), 40, 30, 1),
        new Case("panels of every width", new CriticShape(1, 4, 3, 113, 129), 9, 30, 1),
        new Case("more blocks of units than one", new CriticShape(1, 4, 2, 260, 300), 5, 9, 1),
        new Case("more actions than a word of bits", new CriticShape(2, 3, 1, 20, 24), 6, 90, 1),
        new Case("an even number of actions", new CriticShape(1, 3, 2, 9, 7), BLOCK + 1, 3, 1),
        new Case("one sampled action", new CriticShape(1, 3, 2, 9, 7), 3, 1, 1),
        new Case("actions that are alike", new CriticShape(2, 5, 2, 33, 30), 7, 12, 0),
        new Case("actions that are nearly alike", new CriticShape(2, 5, 2, 33, 30), 7, 12, 0.05),
        new Case("far apart", new CriticShape(2, 2, 8, 40, 17), 2 * BLOCK, 12, 20),
        new Case("larger blocks", new CriticShape(1, 2, 1, 8, 8), 64 * BLOCK + 70, 2, 1),
        new Case("single units", new CriticShape(3, 1, 1, 1, 1), 4, 5, 1));
  }

  private static float[] normals(Random random, int length, double scale) {
    var values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }

  private static float[] positives(Random random, int length) {
    var values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat();
    }
    return values;
  }

  private static ConservativeCritics.Result run(
      CriticShape shape, int threads, float[] parameters, ConservativeBatch batch) {
    try (var critics = new ConservativeCritics(shape, threads)) {
      critics.begin(parameters, batch);
      return critics.finish();
    }
  }

  private static double relativeError(float[] actual, double[] expected) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return Math.sqrt(difference / size);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAndGradientAreThoseOfDenseProducts(Case test) {
    assertDense(test, test.batch());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesBelowAFloorCountAsTheFloor(Case test) {
    assertDense(test, test.batch(test.sampled() / 3));
  }

  private static void assertDense(Case test, ConservativeBatch batch) {
    var result = run(test.shape(), 2, test.parameters(), batch);
    var dense = new DenseCritics(test.shape(), test.parameters(), batch);
    assertThat(relativeError(result.values(), dense.values)).as("values").isLessThan(2e-6);
    assertThat(relativeError(result.gradient(), dense.gradient)).as("gradient").isLessThan(5e-6);
  }

  @Test
  void unitsThatAreDeadOrAlwaysLinearAreCountedOnce() {
    var shape = new CriticShape(1, 3, 2, 40, 40);
    var test = new Case("dead and linear", shape, 20, 12, 1);
    var parameters = test.parameters();
    for (int unit = 0; unit < 20; unit++) {
      parameters[shape.firstBiases() + unit] = unit < 10 ? -50 : 50;
      parameters[shape.secondBiases() + unit] = unit < 10 ? -5_000 : 5_000;
    }
    // Exactly at the kink, where the slope is taken as 0.
    for (int i = 0; i < shape.inputSize(); i++) {
      parameters[39 * shape.inputSize() + i] = 0;
    }
    parameters[shape.firstBiases() + 39] = 0;
    var batch = test.batch();
    var result = run(shape, 1, parameters, batch);
    var dense = new DenseCritics(shape, parameters, batch);
    assertThat(relativeError(result.values(), dense.values)).isLessThan(2e-6);
    assertThat(relativeError(result.gradient(), dense.gradient)).isLessThan(2e-5);
    assertThat(result.gradient()[shape.firstBiases() + 39]).isZero();
  }

  @Test
  void bitsDoNotDependOnTheNumberOfThreadsNorOnWhatTheJvmHasCompiled() {
    var test = new Case("bits", new CriticShape(2, 17, 6, 64, 48), 100, 30, 1);
    var batch = test.batch();
    var parameters = test.parameters();
    var first = run(test.shape(), 1, parameters, batch);
    try (var critics = new ConservativeCritics(test.shape(), 3)) {
      for (int i = 0; i < 30; i++) {
        critics.begin(parameters, batch);
        var again = critics.finish();
        assertThat(again.values()).containsExactly(first.values());
        assertThat(again.gradient()).containsExactly(first.gradient());
      }
    }
  }

  @Test
  void aBatchOfAnotherSizeMayFollow() {
    var shape = new CriticShape(2, 17, 6, 32, 32);
    try (var critics = new ConservativeCritics(shape, 2)) {
      for (var test :
          new Case[] {
            new Case("large", shape, 90, 30, 1),
            new Case("small", shape, 3, 6, 1),
            new Case("in between", shape, 40, 30, 1)
          }) {
        critics.begin(test.parameters(), test.batch());
        var result = critics.finish();
        var dense = new DenseCritics(shape, test.parameters(), test.batch());
        assertThat(relativeError(result.gradient(), dense.gradient))
            .as(test.name())
            .isLessThan(5e-6);
      }
    }
  }

  @Test
  void whatIsNotANumberIsNotLost() {
    var test = new Case("not a number", new CriticShape(1, 3, 2, 20, 20), 10, 6, 1);
    // A weight of the second layer counts where its input is not 0.
    for (int poisoned : new int[] {0, test.shape().secondWeights(), test.shape().outputBias()}) {
      var parameters = test.parameters();
      parameters[poisoned] = Float.NaN;
      var result = run(test.shape(), 1, parameters, test.batch());
      assertThat(result.values()).as("values, parameter %d", poisoned).contains(Float.NaN);
    }
    var batch = test.batch();
    batch.targets()[4] = Float.NaN;
    var gradient = run(test.shape(), 1, test.parameters(), batch).gradient();
    assertThat(gradient[test.shape().outputBias()]).isNaN();
  }

  @Test
  void whatDoesNotFitIsNamed() {
    var test = new Case("wrong", new CriticShape(2, 3, 2, 8, 8), 10, 6, 1);
    try (var critics = new ConservativeCritics(test.shape(), 1)) {
      var tooFew = Arrays.copyOf(test.parameters(), 10);
      assertThatThrownBy(() -> critics.begin(tooFew, test.batch()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("parameters: expected 258 numbers, got 10");
      assertThatThrownBy(critics::finish).isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(() -> new CriticShape(2, 3, 0, 8, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 + 0 inputs");
  }
}
