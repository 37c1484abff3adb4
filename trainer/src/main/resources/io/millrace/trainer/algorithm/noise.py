# An update's random numbers, from its generator alone. `like` gives type and device.

def normal(generator: Generator, like: Tensor, size: List[int]) -> Tensor:
  return torch.randn(size, generator=generator, dtype=like.dtype, layout=0, device=like.device, pin_memory=False)

def uniform(generator: Generator, like: Tensor, size: List[int]) -> Tensor:
  # In [-1, 1].
  drawn = torch.rand(size, generator=generator, dtype=like.dtype, layout=0, device=like.device, pin_memory=False)
  return drawn.mul_(2.).sub_(1.)
