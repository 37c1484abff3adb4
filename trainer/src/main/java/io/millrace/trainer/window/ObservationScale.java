package io.millrace.trainer.window;

import java.util.Arrays;

/**
 * What observations are scaled by before networks see them: (x - mean) / deviation, in 32 bits.
 *
 * @param mean of each number of an observation
 * @param deviation standard deviation of each, and a little more, so that none is 0
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier; never compared
public record ObservationScale(float[] mean, float[] deviation) {

  /** The scale that changes nothing. */
  public static ObservationScale identity(int observationSize) {
    var ones = new float[observationSize];
    Arrays.fill(ones, 1);
    return new ObservationScale(new float[observationSize], ones);
  }

  /** Of one number of an observation. */
  float scaled(int dimension, float value) {
    return (value - mean[dimension]) / deviation[dimension];
  }
}
