# What happens to parameters once their gradients are known. All in place.

def adam(parameters: List[Tensor], first: List[Tensor], second: List[Tensor], gradients: List[Tensor], rate: float,
         step: int) -> NoneType:
  # Kingma & Ba 2015, Algorithm 1, with beta 0.9 and 0.999, epsilon 1e-8; step counts from 1. In one pass over memory.
  #
  # The caller's lists are slices of longer ones: that this writes to a tensor in a list made for the call is something that
  # TorchScript does not see, and it would leave the call out.
  steps = torch.full([1], float(step), dtype=6, layout=0, device=parameters[0].device, pin_memory=False)
  torch._fused_adam_(parameters, gradients, first, second, annotate(List[Tensor], []), [steps], lr=rate, beta1=0.9,
                     beta2=0.999, weight_decay=0., eps=1e-8, amsgrad=False, maximize=False)
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
