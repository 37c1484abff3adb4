package io.millrace.trainer.algorithm;

/** Where updates run. */
public enum ComputeDevice {
  /** The GPU where libtorch sees one, else the CPU. */
  AUTO,
  CPU,
  GPU
}
