package io.millrace.trainer.algorithm;

/** Where gradients come from. */
enum Differentiation {
  /** libtorch's autograd, of the losses as they are stated. */
  AUTOGRAD,
  /** Written out in TorchScript, where an algorithm has that; else autograd. */
  WRITTEN_OUT,
  /**
   * Written out, the critics' in {@link io.millrace.kernels.ConservativeCritics}, where an
   * algorithm has that; else as {@link #WRITTEN_OUT}.
   */
  KERNELS
}
