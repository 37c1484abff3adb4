package io.millrace.trainer.algorithm;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;

/**
 * How a program runs.
 *
 * @param device of the state
 * @param dataType of the state: 32-bit floats, or 64-bit ones to check gradients
 * @param oneDnn whether matrix products go to oneDNN
 * @param differentiation where gradients come from
 * @param threads of an update on a CPU
 * @param layerBytes how much of one layer's activations a hand-written gradient holds at a time on
 *     a CPU
 */
record Execution(
    Device device,
    DataType dataType,
    boolean oneDnn,
    Differentiation differentiation,
    int threads,
    long layerBytes) {
  /** A core's second-level cache, as it is on most. */
  static final long LAYER_BYTES = 512 << 10;
}
