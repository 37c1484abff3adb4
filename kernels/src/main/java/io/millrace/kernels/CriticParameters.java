package io.millrace.kernels;

/**
 * One critic's parameters as a {@link StatePass} reads them: with rows as long as vectors want
 * them, transposed where rows of inputs are wanted, and with room for rows of the pass's own.
 */
final class CriticParameters {
  private final CriticShape shape;
  private final int firstStride;
  private final int secondStride;

  /**
   * The first layer, a row an input, {@code [inputs, firstStride]}: the observation's, the biases
   * as that of an input which is always 1, the action's.
   */
  final float[] first;

  /** The second layer, {@code [secondSize + 1, firstStride]}; the last row is the pass's. */
  final float[] second;

  /**
   * The second layer transposed, {@code [firstSize + commonRows, secondStride]}; the last rows are
   * the pass's.
   */
  final float[] secondTransposed;

  /** Biases of the second layer, {@code [secondStride]}. */
  final float[] secondBiases;

  /** Weights of the output, {@code [secondStride]}. */
  final float[] outputWeights;

  float outputBias;

  CriticParameters(CriticShape shape, int commonRows) {
    this.shape = shape;
    firstStride = Panels.stride(shape.firstSize());
    secondStride = Panels.stride(shape.secondSize());
    first = Panels.matrix(shape.inputSize() + 1, firstStride);
    second = Panels.matrix(shape.secondSize(), firstStride);
    secondTransposed = Panels.matrix(shape.firstSize() + commonRows, secondStride);
    secondBiases = Panels.matrix(1, secondStride);
    outputWeights = Panels.matrix(1, secondStride);
  }

  /** The row of an input in the first layer. */
  static int rowOf(CriticShape shape, int input) {
    return input < shape.observationSize() ? input : input + 1;
  }

  /** The row of the first layer's biases. */
  static int biasRow(CriticShape shape) {
    return shape.observationSize();
  }

  /** Takes over a critic's flat parameters, which begin at {@code from}. */
  void set(float[] flat, int from) {
    int inputs = shape.inputSize();
    for (int unit = 0; unit < shape.firstSize(); unit++) {
      for (int input = 0; input < inputs; input++) {
        first[Panels.at(rowOf(shape, input), firstStride) + unit] =
            flat[from + unit * inputs + input];
      }
    }
    int firstSize = shape.firstSize();
    int secondSize = shape.secondSize();
    int biases = Panels.at(biasRow(shape), firstStride);
    System.arraycopy(flat, from + shape.firstBiases(), first, biases, firstSize);
    for (int unit = 0; unit < secondSize; unit++) {
      int weights = from + shape.secondWeights() + unit * firstSize;
      System.arraycopy(flat, weights, second, Panels.at(unit, firstStride), firstSize);
      for (int input = 0; input < firstSize; input++) {
        secondTransposed[Panels.at(input, secondStride) + unit] = flat[weights + input];
      }
    }
    System.arraycopy(
        flat, from + shape.secondBiases(), secondBiases, Panels.at(0, secondStride), secondSize);
    System.arraycopy(
        flat, from + shape.outputWeights(), outputWeights, Panels.at(0, secondStride), secondSize);
    outputBias = flat[from + shape.outputBias()];
  }
}
