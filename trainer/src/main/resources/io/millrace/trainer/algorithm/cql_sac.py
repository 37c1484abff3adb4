# CQL on soft actor-critic. Reads like the paper: the losses below, each minimised in its own parameters, at once.
#
# parameters: critics [J x critic], policy, log_temperature [1], log_multiplier [J]
# targets:    critics; with a policy as prior of the gap also the policy, which lags behind
# batch:      observation [B, S], action [B, A], reward [B], next_observation [B, S], terminated [B],
#             conservative factor [B], importance [B], return-to-go [B]
# noise:      normal [2B, 1 + N, A] (the policy at s, then at s'), uniform [B, N, A] in [-1, 1]; keys [J] where the
#             target takes some of the critics only

class CqlSac(Module):
  critics : int
  critic_sizes : List[int]
  critic_norm : bool
  target_critics : int
  policy_sizes : List[int]
  action_size : int
  discount : float
  target_entropy : float
  backup_entropy : bool
  max_target_backup : bool
  regularizer : str
  uniform_prior : bool
  calibrated : bool
  lagrange : bool
  alpha : float
  gap_target : float
  gap_temperature : float
  sampled_actions : int
  behaviour_cloning_updates : int

  def metric_names(self) -> List[str]:
    names = ["td_loss", "conservative_gap", "conservative_weight", "q_data", "q_policy", "q_uniform", "policy_loss",
             "temperature", "entropy"]
    if self.calibrated:
      names.append("calibrated_share")
    return names

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    action = batch[1]
    generator = torch.Generator(device=action.device, seed=seed)
    rows = action.size(0)
    n = self.sampled_actions
    noise = [__torch__.noise.normal(generator, action, [2 * rows, 1 + n, self.action_size]),
             __torch__.noise.uniform(generator, action, [rows, n, self.action_size])]
    if self.target_critics < self.critics:
      noise.append(__torch__.noise.uniform(generator, action, [self.critics]))
    return noise

  def weight(self, log_multiplier: Tensor) -> Tensor:
    # alpha of each critic. [J].
    if self.lagrange:
      return __torch__.cql.multiplier(log_multiplier)
    return torch.full_like(log_multiplier, self.alpha)

  def act(self, policy: Tensor, batch: List[Tensor], noise: List[Tensor]) -> Tuple[Tensor, Tensor]:
    # The policy's 1 + N actions at s and at s', and their log densities. [2B, 1 + N, A], [2B, 1 + N].
    head = __torch__.network.mlp(policy, self.policy_sizes, torch.cat([batch[0], batch[3]]))
    mean, log_std = __torch__.network.gaussian(head)
    return __torch__.network.squashed_sample(mean, log_std, noise[0])

  def q_values(self, critics: Tensor, observation: Tensor, actions: Tensor) -> Tensor:
    # [B, S], [B, K, A] -> [J, B, K].
    return __torch__.network.q_values(critics, self.critics, self.critic_sizes, self.critic_norm, observation, actions)

  def target(self, target_critics: Tensor, temperature: Tensor, batch: List[Tensor], noise: List[Tensor],
             actions: Tensor, log_density: Tensor) -> Tensor:
    # The TD target of each row. [B].
    q_next = self.q_values(target_critics, batch[3], self.next_actions(actions))
    return self.target_from(q_next, temperature, batch, noise, log_density)

  def next_actions(self, actions: Tensor) -> Tensor:
    # The policy's actions at s' that the target comes from: one, or N of which the best counts. [B, K, A].
    next_actions = actions[actions.size(0) // 2:]
    if self.max_target_backup:
      return next_actions[:, 1:]
    return next_actions[:, :1]

  def target_from(self, q_next: Tensor, temperature: Tensor, batch: List[Tensor], noise: List[Tensor],
                  log_density: Tensor) -> Tensor:
    # [J, B, K] -> [B].
    chosen = __torch__.sac.chosen_critics(q_next, noise, self.target_critics)
    if self.max_target_backup:
      value = chosen.amin(0).amax(1)
    else:
      value = __torch__.sac.target_value(chosen.squeeze(2), log_density[log_density.size(0) // 2:, 0], temperature,
                                         self.backup_entropy)
    return __torch__.sac.td_target(batch[2], batch[4], value, self.discount)

  def compared(self, batch: List[Tensor], noise: List[Tensor], actions: Tensor,
               log_density: Tensor) -> Tuple[Tensor, Tensor]:
    # The 3N actions that the gap holds against the logged one, uniform ones first, all to be scored at s, and their log
    # densities. [B, 3N, A], [B, 3N].
    rows = batch[0].size(0)
    log_half = -0.6931471805599453
    uniform = torch.full_like(log_density[:rows, 1:], self.action_size * log_half)
    return (torch.cat([noise[1], actions[:rows, 1:], actions[rows:, 1:]], 1),
            torch.cat([uniform, log_density[:rows, 1:], log_density[rows:, 1:]], 1))

  def prior(self, targets: List[Tensor], batch: List[Tensor], noise: List[Tensor]) -> Tensor:
    # The N actions of CQL(rho) and CQL(var): uniform ones, or those of a policy that lags behind. [B, N, A].
    if self.uniform_prior:
      return noise[1]
    rows = batch[0].size(0)
    mean, log_std = __torch__.network.gaussian(__torch__.network.mlp(targets[1], self.policy_sizes, batch[0]))
    actions, log_density = __torch__.network.squashed_sample(mean, log_std, noise[0][:rows, 1:])
    return actions.detach()

  def sampled(self, targets: List[Tensor], batch: List[Tensor], noise: List[Tensor], actions: Tensor,
              log_density: Tensor) -> Tuple[Tensor, Tensor]:
    # What the gap holds against the logged action, and the log densities. [B, K, A], [B, K].
    if self.regularizer == "h":
      return self.compared(batch, noise, actions, log_density)
    drawn = self.prior(targets, batch, noise)
    return drawn, torch.zeros_like(drawn[:, :, 0])

  def gap(self, q_sampled: Tensor, log_density: Tensor, q_data: Tensor, batch: List[Tensor]) -> Tensor:
    # [J, B, K], [B, K], [J, B] -> [J, B].
    if self.regularizer == "rho":
      return __torch__.cql.gap_rho(q_sampled, q_data, self.gap_temperature)
    if self.regularizer == "var":
      return __torch__.cql.gap_var(q_sampled, q_data, __torch__.cql.state_density(batch[0]))
    if self.calibrated:
      q_sampled = __torch__.cql.calibrated(q_sampled, batch[7], self.sampled_actions)
    return __torch__.cql.gap_h(q_sampled, log_density, q_data, self.gap_temperature)

  def losses(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    critics, policy, log_temperature, log_multiplier = parameters
    observation, action, reward, next_observation, terminated, factor, importance, return_to_go = batch
    rows = observation.size(0)
    temperature = log_temperature.exp().detach()
    actions, log_density = self.act(policy, batch, noise)

    target = self.target(targets[0], temperature, batch, noise, actions, log_density).detach()
    others, others_density = self.sampled(targets, batch, noise, actions.detach(), log_density.detach())
    q = self.q_values(critics, observation, torch.cat([others, action.unsqueeze(1)], 1))
    q_sampled = q[:, :, :-1]
    q_data = q[:, :, -1]
    td_loss = __torch__.sac.td_loss(q_data, target, importance)
    gap = self.gap(q_sampled, others_density, q_data, batch)
    weight = self.weight(log_multiplier).detach()
    critic_loss = (td_loss + __torch__.cql.conservative_loss(weight, gap, factor)).sum()
    multiplier_loss = __torch__.cql.multiplier_loss(log_multiplier, gap.detach(), factor, self.gap_target)

    log_density_policy = log_density[:rows, 0]
    q_policy = self.q_values(critics.detach(), observation, actions[:rows, :1]).squeeze(2)
    policy_loss = __torch__.sac.policy_loss(__torch__.sac.judging(q_policy, self.target_critics), log_density_policy,
                                            temperature)
    if step <= self.behaviour_cloning_updates:
      policy_loss = self.cloning_loss(policy, batch, log_density_policy, temperature)
    temperature_loss = __torch__.sac.temperature_loss(log_temperature, log_density_policy.detach(), self.target_entropy)

    metrics = [td_loss.mean(), gap.mean(), weight.mean(), q_data.mean(), q_policy.mean(),
               self.uniform_value(critics, observation, noise[1], q_sampled), policy_loss, temperature.mean(),
               -log_density_policy.mean()]
    if self.calibrated:
      metrics.append(self.calibrated_share(q_sampled, return_to_go))
    return [critic_loss, policy_loss, temperature_loss, multiplier_loss], metrics

  def uniform_value(self, critics: Tensor, observation: Tensor, uniform: Tensor, q_sampled: Tensor) -> Tensor:
    # Mean value of uniform actions [B, N, A]; those of the gap [J, B, K] begin with them, unless a policy drew them. [].
    if self.regularizer == "h" or self.uniform_prior:
      return q_sampled[:, :, :self.sampled_actions].mean()
    return self.q_values(critics, observation, uniform).mean()

  def calibrated_share(self, q_sampled: Tensor, return_to_go: Tensor) -> Tensor:
    # How many of the values of the policy's actions are below the bound. [J, B, 3N], [B] -> [].
    q_of_policy = q_sampled[:, :, self.sampled_actions:]
    return (q_of_policy < return_to_go.view([1, -1, 1])).to(q_of_policy.dtype).mean()

  def td_errors(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor],
                noise: List[Tensor]) -> Tensor:
    actions, log_density = self.act(parameters[1], batch, noise)
    target = self.target(targets[0], parameters[2].exp(), batch, noise, actions, log_density)
    return self.q_values(parameters[0], batch[0], batch[1].unsqueeze(1)).squeeze(2) - target

  def cloning_loss(self, policy: Tensor, batch: List[Tensor], log_density: Tensor, temperature: Tensor) -> Tensor:
    mean, log_std = __torch__.network.gaussian(__torch__.network.mlp(policy, self.policy_sizes, batch[0]))
    log_density_data = __torch__.network.squashed_log_density_of(batch[1], mean, log_std)
    return __torch__.sac.behaviour_cloning_loss(log_density_data, log_density, temperature)
