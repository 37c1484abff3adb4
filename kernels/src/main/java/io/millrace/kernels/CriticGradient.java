package io.millrace.kernels;

import java.util.Arrays;

/** One critic's gradient from some states, which lies as {@link CriticParameters} do. */
final class CriticGradient {
  private final CriticShape shape;
  private final int firstStride;
  private final int secondStride;

  /**
   * As {@link CriticParameters#first}, and below it a row for each state: the sum over its actions
   * of the gradient before the first layer's ReLUs.
   */
  final float[] first;

  /** {@code [secondSize, firstStride]}. */
  final float[] second;

  final float[] secondBiases;
  final float[] outputWeights;
  float outputBias;

  CriticGradient(CriticShape shape, int states) {
    this.shape = shape;
    firstStride = Panels.stride(shape.firstSize());
    secondStride = Panels.stride(shape.secondSize());
    first = Panels.matrix(shape.inputSize() + 1 + states, firstStride);
    second = Panels.matrix(shape.secondSize(), firstStride);
    secondBiases = Panels.matrix(1, secondStride);
    outputWeights = Panels.matrix(1, secondStride);
  }

  /** Where a state's row of {@link #first} begins. */
  static int stateRow(CriticShape shape, int state) {
    return Panels.at(shape.inputSize() + 1 + state, Panels.stride(shape.firstSize()));
  }

  void clear() {
    Arrays.fill(first, 0);
    Arrays.fill(second, 0);
    Arrays.fill(secondBiases, 0);
    Arrays.fill(outputWeights, 0);
    outputBias = 0;
  }

  /** Adds this to a flat gradient, which begins at {@code from}. */
  void addTo(float[] flat, int from) {
    int inputs = shape.inputSize();
    int firstSize = shape.firstSize();
    for (int unit = 0; unit < firstSize; unit++) {
      for (int input = 0; input < inputs; input++) {
        int row = CriticParameters.rowOf(shape, input);
        flat[from + unit * inputs + input] += first[Panels.at(row, firstStride) + unit];
      }
    }
    int biases = Panels.at(CriticParameters.biasRow(shape), firstStride);
    add(first, biases, flat, from + shape.firstBiases(), firstSize);
    for (int unit = 0; unit < shape.secondSize(); unit++) {
      int weights = from + shape.secondWeights() + unit * firstSize;
      add(second, Panels.at(unit, firstStride), flat, weights, firstSize);
    }
    add(
        secondBiases,
        Panels.at(0, secondStride),
        flat,
        from + shape.secondBiases(),
        shape.secondSize());
    add(
        outputWeights,
        Panels.at(0, secondStride),
        flat,
        from + shape.outputWeights(),
        shape.secondSize());
    flat[from + shape.outputBias()] += outputBias;
  }

  private static void add(float[] part, int partFrom, float[] sum, int from, int count) {
    for (int i = 0; i < count; i++) {
      sum[from + i] += part[partFrom + i];
    }
  }
}
