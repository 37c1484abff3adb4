package io.millrace.kernels;

/**
 * Sizes of critics with two hidden layers of ReLUs, whose input is an observation and an action.
 *
 * <p>A critic's flat parameters are {@code W1 [firstSize, observationSize + actionSize], b1, W2
 * [secondSize, firstSize], b2, w3 [secondSize], b3}, row-major, one critic after the other.
 *
 * @param critics how many there are
 * @param observationSize numbers in an observation
 * @param actionSize numbers in an action
 * @param firstSize units of the first hidden layer
 * @param secondSize units of the second hidden layer
 */
public record CriticShape(
    int critics, int observationSize, int actionSize, int firstSize, int secondSize) {

  /**
   * Checked sizes.
   *
   * @throws IllegalArgumentException if one is below 1
   */
  public CriticShape {
    if (Math.min(
            Math.min(critics, observationSize),
            Math.min(actionSize, Math.min(firstSize, secondSize)))
        < 1) {
      throw new IllegalArgumentException(
          "critics: expected sizes of 1 or more, got %d critics, %d + %d inputs, %d and %d units"
              .formatted(critics, observationSize, actionSize, firstSize, secondSize));
    }
  }

  int inputSize() {
    return observationSize + actionSize;
  }

  /** Parameters of one critic. */
  public int length() {
    return firstSize * (inputSize() + 1) + secondSize * (firstSize + 1) + secondSize + 1;
  }

  int firstBiases() {
    return firstSize * inputSize();
  }

  int secondWeights() {
    return firstBiases() + firstSize;
  }

  int secondBiases() {
    return secondWeights() + secondSize * firstSize;
  }

  int outputWeights() {
    return secondBiases() + secondSize;
  }

  int outputBias() {
    return outputWeights() + secondSize;
  }
}
