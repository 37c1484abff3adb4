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

def first_failure(health: List[Tensor], terms: Tensor, step: int) -> NoneType:
  # health holds, for each term, the first step at which it was not finite or further from 0 than its limit, or infinity;
  # what it was then; what the limit was then; the limit as it is now. Four of [terms].
  first, value, limit_then, limit = health
  now = terms.to(first.dtype)
  sound = torch.logical_and(torch.isfinite(now), now.abs() <= limit)
  failed = torch.logical_and(torch.logical_not(sound), torch.isinf(first))
  value.copy_(torch.where(failed, now, value))
  limit_then.copy_(torch.where(failed, limit, limit_then))
  first.masked_fill_(failed, float(step))
  return None
