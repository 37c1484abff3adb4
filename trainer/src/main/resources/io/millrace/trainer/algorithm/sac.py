# Soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905): the loss terms, one function a formula, then the algorithm.

def chosen_critics(q: Tensor, noise: List[Tensor], count: int) -> Tensor:
  # The critics that a target takes: all, or `count` drawn anew for each update (REDQ, Chen et al. 2021, arXiv
  # 2101.05982), those of the lowest keys, which are the last noise. [J, ...] -> [count, ...].
  if count == q.size(0):
    return q
  return q.index_select(0, noise[-1].argsort()[:count])

def judging(q: Tensor, target_critics: int) -> Tensor:
  # What the policy is to raise: the critics, of which the policy loss takes the lowest; with a target of some critics
  # their mean, as in REDQ and RLPD (Ball et al. 2023, arXiv 2302.02948). [J, B] -> [J or 1, B].
  if target_critics == q.size(0):
    return q
  return q.mean([0], True)

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

# parameters: critics [J x critic], policy, log_temperature [1]
# targets:    critics
# batch:      observation [B, S], action [B, A], reward [B], next_observation [B, S], terminated [B],
#             conservative factor [B], importance [B], return-to-go [B]
# noise:      normal [2B, 1, A] (the policy at s, then at s'); keys [J] where the target takes some of the critics only

class Sac(Module):
  critics : int
  critic_sizes : List[int]
  critic_norm : bool
  target_critics : int
  policy_sizes : List[int]
  action_size : int
  discount : float
  target_entropy : float
  backup_entropy : bool

  def metric_names(self) -> List[str]:
    return ["td_loss", "q_data", "q_policy", "policy_loss", "temperature", "entropy"]

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    action = batch[1]
    generator = torch.Generator(device=action.device, seed=seed)
    noise = [__torch__.noise.normal(generator, action, [2 * action.size(0), 1, self.action_size])]
    if self.target_critics < self.critics:
      noise.append(__torch__.noise.uniform(generator, action, [self.critics]))
    return noise

  def q_values(self, critics: Tensor, observation: Tensor, action: Tensor) -> Tensor:
    # [B, S], [B, A] -> [J, B].
    return __torch__.network.q_values(critics, self.critics, self.critic_sizes, self.critic_norm, observation,
                                      action.unsqueeze(1)).squeeze(2)

  def act(self, policy: Tensor, batch: List[Tensor], noise: List[Tensor]) -> Tuple[Tensor, Tensor]:
    # The policy's action at s and at s', and their log densities. [2B, A], [2B].
    head = __torch__.network.mlp(policy, self.policy_sizes, torch.cat([batch[0], batch[3]]))
    mean, log_std = __torch__.network.gaussian(head)
    action, log_density = __torch__.network.squashed_sample(mean, log_std, noise[0])
    return action.squeeze(1), log_density.squeeze(1)

  def target(self, target_critics: Tensor, temperature: Tensor, batch: List[Tensor], noise: List[Tensor],
             actions: Tensor, log_density: Tensor) -> Tensor:
    # The TD target of each row. [B].
    rows = batch[0].size(0)
    q_next = self.q_values(target_critics, batch[3], actions[rows:])
    value = __torch__.sac.target_value(__torch__.sac.chosen_critics(q_next, noise, self.target_critics),
                                       log_density[rows:], temperature, self.backup_entropy)
    return __torch__.sac.td_target(batch[2], batch[4], value, self.discount)

  def losses(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    critics, policy, log_temperature = parameters
    observation, action, reward, next_observation, terminated, factor, importance, return_to_go = batch
    rows = observation.size(0)
    temperature = log_temperature.exp().detach()
    actions, log_densities = self.act(policy, batch, noise)

    target = self.target(targets[0], temperature, batch, noise, actions, log_densities).detach()
    q_data = self.q_values(critics, observation, action)
    td_loss = __torch__.sac.td_loss(q_data, target, importance)

    log_density = log_densities[:rows]
    q_policy = self.q_values(critics.detach(), observation, actions[:rows])
    policy_loss = __torch__.sac.policy_loss(__torch__.sac.judging(q_policy, self.target_critics), log_density,
                                            temperature)
    temperature_loss = __torch__.sac.temperature_loss(log_temperature, log_density.detach(), self.target_entropy)
    return ([td_loss.sum(), policy_loss, temperature_loss],
            [td_loss.mean(), q_data.mean(), q_policy.mean(), policy_loss, temperature.mean(), -log_density.mean()])

  def td_errors(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor],
                noise: List[Tensor]) -> Tensor:
    actions, log_density = self.act(parameters[1], batch, noise)
    target = self.target(targets[0], parameters[2].exp(), batch, noise, actions, log_density)
    return self.q_values(parameters[0], batch[0], batch[1]) - target
