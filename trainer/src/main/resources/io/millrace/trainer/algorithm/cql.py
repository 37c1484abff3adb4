# The conservative terms of CQL (Kumar et al. 2020, arXiv 2006.04779), one function a formula.

def gap_h(q_sampled: Tensor, log_density: Tensor, q_data: Tensor, temperature: float) -> Tensor:
  # CQL(H), Equation 4, importance-sampled: T (logsumexp_i(Q(s, a_i) / T - log q(a_i)) - log n) - Q(s, a) with the n
  # sampled actions weighted by their density. [J, B, n], [B, n], [J, B] -> [J, B].
  n = float(q_sampled.size(2))
  soft_max = torch.logsumexp(q_sampled / temperature - log_density, 2) - torch.log(torch.full_like(q_data, n))
  return temperature * soft_max - q_data

def gap_discrete(q: Tensor, q_data: Tensor, temperature: float) -> Tensor:
  # CQL(H), Equation 4, where there is a value of every action: T logsumexp_a(Q(s, a) / T) - Q(s, a). With T = 1 it is
  # -log softmax Q(s, .)(a), and not below 0. [J, B, N], [J, B] -> [J, B].
  return temperature * torch.logsumexp(q / temperature, 2) - q_data

def gap_expected(q_sampled: Tensor, mu: Tensor, q_data: Tensor) -> Tensor:
  # CQL for a given mu, Equation 2: sum_i mu_i Q(s, a_i) - Q(s, a); with q_data 0 it is Equation 1. [J, B, n], [B, n] or
  # [J, B, n], [J, B] -> [J, B].
  return (mu * q_sampled).sum(2) - q_data

def gap_rho(q_sampled: Tensor, q_data: Tensor, temperature: float) -> Tensor:
  # CQL(rho), Section 3.2: sum_i mu_i Q(s, a_i) - Q(s, a) with a_i ~ rho and mu_i the softmax of Q(s, a_i) / T. That mu is
  # where E_mu[Q] - T KL(mu, rho) is highest, so its own slope does not count: it is held. [J, B, n], [J, B] -> [J, B].
  mu = torch.softmax(q_sampled / temperature, 2).detach()
  return __torch__.cql.gap_expected(q_sampled, mu, q_data)

def gap_var(q_sampled: Tensor, q_data: Tensor, state_density: Tensor) -> Tensor:
  # CQL(var), Appendix A: sqrt(Var_rho[Q(s, .)] / d(s)) + E_rho[Q(s, .)] - Q(s, a), with the sample variance of n actions
  # and d the density of the data's states. [J, B, n], [J, B], [B] -> [J, B].
  spread = torch.sqrt(q_sampled.var(2, unbiased=False) / state_density + 1e-12)
  return spread + q_sampled.mean(2) - q_data

def state_density(observation: Tensor) -> Tensor:
  # How dense the batch's states are around each of them, 1 on average: the estimate of Parzen (1962) with a Gaussian
  # kernel, as wide as the median distance, after each dimension was divided by its standard deviation. [B, S] -> [B].
  scaled = observation / (observation.std([0], unbiased=False) + 1e-6)
  length = scaled.square().sum(1)
  squared = (length.unsqueeze(1) + length - 2. * torch.mm(scaled, scaled.t())).clamp(min=0.)
  density = torch.exp(squared * -0.5 / (squared.median() + 1e-12)).mean(1)
  return density / density.mean()

def calibrated(q_sampled: Tensor, return_to_go: Tensor, uniform: int) -> Tensor:
  # Cal-QL (Nakamoto et al. 2023, arXiv 2303.05479), max(Q(s, a), V(s)) in CQL's gap: values of the policy's actions,
  # which come after the uniform ones, count as no lower than the return that the row's own behaviour came to.
  # [J, B, n], [B] -> [J, B, n].
  policy = torch.maximum(q_sampled[:, :, uniform:], return_to_go.view([1, -1, 1]))
  return torch.cat([q_sampled[:, :, :uniform], policy], 2)

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
