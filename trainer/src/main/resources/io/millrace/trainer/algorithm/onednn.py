class OneDnn(Module):
  training : bool

  def has_wide_vectors(self) -> bool:
    # oneDNN says so of bfloat16 where there is AVX-512, or bfloat16 on ARM.
    return ops.mkldnn._is_mkldnn_bf16_supported()
