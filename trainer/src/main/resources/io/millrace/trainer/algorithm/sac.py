# The loss terms of soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905), one function a formula.

def target_value(q_next: Tensor, log_density_next: Tensor, temperature: Tensor, backup_entropy: bool) -> Tensor:
  # Value of the next state from one action of the policy: min_j Q'_j(s', a') - alpha log pi(a'|s'). [J, B], [B] -> [B].
  value = q_next.amin(0)
  if backup_entropy:
    value = value - temperature * log_density_next
  return value

def td_target(reward: Tensor, terminated: Tensor, value_next: Tensor, discount: float) -> Tensor:
  # y = r + gamma (1 - d) V(s'), where d is 1 at a termination and 0 at a time-out. [B] -> [B].
  return reward + discount * (1. - terminated) * value_next

def td_loss(q_data: Tensor, target: Tensor, importance: Tensor) -> Tensor:
  # Mean over rows of (Q_j(s, a) - y)^2, without a half; each critic by itself. [J, B] -> [J].
  return (importance * (q_data - target).square()).mean(1)

def policy_loss(q_policy: Tensor, log_density: Tensor, temperature: Tensor) -> Tensor:
  # E[alpha log pi(a|s) - min_j Q_j(s, a)], a reparameterised. [J, B], [B] -> [].
  return (temperature * log_density - q_policy.amin(0)).mean()

def behaviour_cloning_loss(log_density_data: Tensor, log_density: Tensor, temperature: Tensor) -> Tensor:
  # E[alpha log pi(a|s) - log pi(a_data|s)]: the policy loss while the policy is to follow the log. [B], [B] -> [].
  return (temperature * log_density - log_density_data).mean()

def temperature_loss(log_temperature: Tensor, log_density: Tensor, target_entropy: float) -> Tensor:
  # -log alpha (E[log pi(a|s)] + target entropy). [1], [B] -> [].
  return -(log_temperature * (log_density.mean() + target_entropy)).sum()
