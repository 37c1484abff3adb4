package io.millrace.trainer.algorithm;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;

/**
 * How a program runs.
 *
 * @param device of the state
 * @param dataType of the state: 32-bit floats, or 64-bit ones to check gradients
 * @param oneDnn whether matrix products go to oneDNN
 * @param handWritten whether the hand-written gradients are used where there are any
 */
record Execution(Device device, DataType dataType, boolean oneDnn, boolean handWritten) {

  Execution withoutOneDnn() {
    return new Execution(device, dataType, false, handWritten);
  }
}
