# What happens to parameters once their gradients are known. All in place.

def adam(parameters: Tensor, first: Tensor, second: Tensor, gradient: Tensor, rate: float, step: int) -> NoneType:
  # Kingma & Ba 2015, Algorithm 1, with beta 0.9 and 0.999, epsilon 1e-8; step counts from 1.
  first.lerp_(gradient, 1. - 0.9)
  second.mul_(0.999).addcmul_(gradient, gradient, value=1. - 0.999)
  corrected = second.sqrt().div_((1. - 0.999 ** step) ** 0.5).add_(1e-8)
  parameters.addcdiv_(first, corrected, value=-rate / (1. - 0.9 ** step))
  return None

def polyak(target: Tensor, source: Tensor, rate: float) -> NoneType:
  target.lerp_(source, rate)
  return None

def first_failure(health: Tensor, terms: Tensor, step: int) -> NoneType:
  # health [terms] holds, for each term, the first step at which it was not finite, or infinity.
  failed = torch.full_like(health, float(step)).masked_fill_(torch.isfinite(terms), inf)
  torch.minimum(health, failed, out=health)
  return None
