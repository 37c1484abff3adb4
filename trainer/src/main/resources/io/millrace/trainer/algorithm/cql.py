# The conservative terms of CQL (Kumar et al. 2020, arXiv 2006.04779), one function a formula.

def gap_h(q_sampled: Tensor, log_density: Tensor, q_data: Tensor, temperature: float) -> Tensor:
  # CQL(H), Equation 4 and Appendix F: T (logsumexp_i(Q(s, a_i) / T - log q(a_i)) - log n) - Q(s, a) with the n sampled
  # actions weighted by their density. [J, B, n], [B, n], [J, B] -> [J, B].
  n = float(q_sampled.size(2))
  soft_max = torch.logsumexp(q_sampled / temperature - log_density, 2) - torch.log(torch.full_like(q_data, n))
  return temperature * soft_max - q_data

def multiplier(log_multiplier: Tensor) -> Tensor:
  # alpha of the Lagrange form. [J] -> [J].
  return log_multiplier.exp().clamp(0., 1e6)

def conservative_loss(weight: Tensor, gap: Tensor, factor: Tensor) -> Tensor:
  # alpha_j times the mean gap; a row counts by its factor. [J], [J, B], [B] -> [J].
  return weight * (factor * gap).mean(1)

def multiplier_loss(log_multiplier: Tensor, gap: Tensor, factor: Tensor, gap_target: float) -> Tensor:
  # Dual ascent, Equation 30: each alpha_j rises while its critic's gap is above the target. [J], [J, B], [B] -> [].
  excess = (factor * (gap - gap_target)).mean(1)
  return -(__torch__.cql.multiplier(log_multiplier) * excess).sum()
