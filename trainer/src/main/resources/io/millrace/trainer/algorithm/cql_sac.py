# CQL(H) on soft actor-critic. Reads like the paper: the losses below, each minimised in its own parameters, at once.
#
# parameters: critics [J x critic], policy, log_temperature [1], log_multiplier [J]
# batch:      observation [B, S], action [B, A], reward [B], next_observation [B, S], terminated [B],
#             conservative factor [B], importance [B]
# noise:      normal [2B, 1 + N, A] (the policy at s, then at s'), uniform [B, N, A] in [-1, 1]

class CqlSac(Module):
  training : bool
  critics : int
  critic_sizes : List[int]
  policy_sizes : List[int]
  action_size : int
  discount : float
  target_rate : float
  critic_rate : float
  policy_rate : float
  tune_temperature : bool
  target_entropy : float
  backup_entropy : bool
  lagrange : bool
  alpha : float
  gap_target : float
  gap_temperature : float
  sampled_actions : int
  behaviour_cloning_updates : int
  hand_written : bool
  mixed : bool
  chunk_rows : int

  def metric_names(self) -> List[str]:
    return ["td_loss", "conservative_gap", "conservative_weight", "q_data", "q_policy", "q_uniform", "policy_loss",
            "temperature", "entropy", "critic_gradient_norm", "policy_gradient_norm"]

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    action = batch[1]
    device = action.device
    generator = torch.Generator(device=device, seed=seed)
    rows = action.size(0)
    n = self.sampled_actions
    normal = torch.randn([2 * rows, 1 + n, self.action_size], generator=generator, dtype=action.dtype, layout=0,
                         device=device, pin_memory=False)
    uniform = torch.rand([rows, n, self.action_size], generator=generator, dtype=action.dtype, layout=0,
                         device=device, pin_memory=False)
    return [normal, uniform.mul_(2.).sub_(1.)]

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

  def target(self, target_critics: Tensor, temperature: Tensor, batch: List[Tensor], actions: Tensor,
             log_density: Tensor) -> Tensor:
    # The TD target of each row. [B].
    rows = batch[0].size(0)
    q_next = __torch__.network.q_values(target_critics, self.critics, self.critic_sizes, batch[3], actions[rows:, :1])
    value = __torch__.sac.target_value(q_next.squeeze(2), log_density[rows:, 0], temperature, self.backup_entropy)
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

  def losses(self, parameters: List[Tensor], target_critics: Tensor, batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    # The loss of each parameter group, and the metrics but for the gradients' norms.
    critics, policy, log_temperature, log_multiplier = parameters
    observation, action, reward, next_observation, terminated, factor, importance = batch
    rows = observation.size(0)
    temperature = log_temperature.exp().detach()
    actions, log_density = self.act(policy, batch, noise)

    target = self.target(target_critics, temperature, batch, actions, log_density).detach()
    others, others_density = self.compared(batch, noise, actions.detach(), log_density.detach())
    scored = torch.cat([others, action.unsqueeze(1)], 1)
    q = __torch__.network.q_values(critics, self.critics, self.critic_sizes, observation, scored)
    q_sampled = q[:, :, :-1]
    q_data = q[:, :, -1]
    td_loss = __torch__.sac.td_loss(q_data, target, importance)
    gap = __torch__.cql.gap_h(q_sampled, others_density, q_data, self.gap_temperature)
    weight = self.weight(log_multiplier).detach()
    critic_loss = (td_loss + __torch__.cql.conservative_loss(weight, gap, factor)).sum()
    multiplier_loss = __torch__.cql.multiplier_loss(log_multiplier, gap.detach(), factor, self.gap_target)

    log_density_policy = log_density[:rows, 0]
    q_policy = __torch__.network.q_values(critics.detach(), self.critics, self.critic_sizes, observation,
                                          actions[:rows, :1]).squeeze(2)
    policy_loss = __torch__.sac.policy_loss(q_policy, log_density_policy, temperature)
    if step <= self.behaviour_cloning_updates:
      policy_loss = self.cloning_loss(policy, batch, log_density_policy, temperature)
    temperature_loss = __torch__.sac.temperature_loss(log_temperature, log_density_policy.detach(), self.target_entropy)

    metrics = [td_loss.mean(), gap.mean(), weight.mean(), q_data.mean(), q_policy.mean(),
               q_sampled[:, :, :self.sampled_actions].mean(), policy_loss, temperature.mean(),
               -log_density_policy.mean()]
    return [critic_loss, policy_loss, temperature_loss, multiplier_loss], metrics

  def cloning_loss(self, policy: Tensor, batch: List[Tensor], log_density: Tensor, temperature: Tensor) -> Tensor:
    mean, log_std = __torch__.network.gaussian(__torch__.network.mlp(policy, self.policy_sizes, batch[0]))
    log_density_data = __torch__.network.squashed_log_density_of(batch[1], mean, log_std)
    return __torch__.sac.behaviour_cloning_loss(log_density_data, log_density, temperature)

  def autograd(self, parameters: List[Tensor], target_critics: Tensor, batch: List[Tensor], noise: List[Tensor],
               step: int) -> Tuple[List[Tensor], List[Tensor]]:
    # Each group's gradient of its loss, by autograd, and the metrics but for the norms.
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    leaves : List[Tensor] = []
    for group in parameters:
      leaves.append(group.detach().requires_grad_())
    losses, metrics = self.losses(leaves, target_critics, batch, noise, step)
    gradients : List[Tensor] = []
    for i in range(len(leaves)):
      gradient = torch.autograd.grad([losses[i]], [leaves[i]], retain_graph=True)[0]
      gradients.append(unchecked_cast(Tensor, gradient))
    values : List[Tensor] = []
    for metric in metrics:
      values.append(metric.detach())
    torch.set_grad_enabled(recording)
    return gradients, values

  def gradients(self, parameters: List[Tensor], target_critics: Tensor, batch: List[Tensor], noise: List[Tensor],
                step: int) -> Tuple[List[Tensor], Tensor]:
    gradients, metrics = self.autograd(parameters, target_critics, batch, noise, step)
    metrics += [gradients[0].norm(), gradients[1].norm()]
    return gradients, torch.stack(metrics)

  def apply(self, state: List[Tensor], gradients: List[Tensor], step: int) -> NoneType:
    # state: the parameters, their first moments, their second moments, the target critics.
    rates = [self.critic_rate, self.policy_rate, self.policy_rate, self.critic_rate]
    learns = [True, True, self.tune_temperature, self.lagrange]
    for i in range(4):
      if learns[i]:
        __torch__.optimizer.adam(state[i], state[4 + i], state[8 + i], gradients[i], rates[i], step)
    __torch__.optimizer.polyak(state[12], state[0], self.target_rate)
    return None

  def update(self, state: List[Tensor], health: Tensor, batch: List[Tensor], seed: Tensor, step: Tensor) -> Tensor:
    # Update number `step`, from 1, in place; the metrics [M]. health [M] as in optimizer.first_failure.
    noise = self.noise(batch, int(seed))
    gradients, metrics = self.gradients(state[:4], state[12], batch, noise, int(step))
    self.apply(state, gradients, int(step))
    __torch__.optimizer.first_failure(health, metrics, int(step))
    return metrics
