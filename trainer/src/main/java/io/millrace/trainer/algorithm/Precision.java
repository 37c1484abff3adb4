package io.millrace.trainer.algorithm;

/** Number formats of the update. Parameters and optimizer state are 32-bit floats in either. */
public enum Precision {
  /** Everything in 32-bit floats. */
  FP32,
  /** The critics' backward matrix products in bfloat16 where that is faster, all else as above. */
  MIXED
}
