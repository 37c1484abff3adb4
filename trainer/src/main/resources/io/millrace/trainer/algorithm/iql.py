# Implicit Q-learning (Kostrikov et al. 2021, arXiv 2110.06169): the loss terms, one function a formula, then the algorithm.

def expectile_loss(advantage: Tensor, expectile: float) -> Tensor:
  # Equation 5, a row: |tau - 1(u < 0)| u^2 of u = Q(s, a) - V(s). [B] -> [B].
  weight = torch.where(advantage < 0., torch.full_like(advantage, 1. - expectile),
                       torch.full_like(advantage, expectile))
  return weight * advantage.square()

def advantage_weight(advantage: Tensor, inverse_temperature: float, clip: float) -> Tensor:
  # exp(beta (Q(s, a) - V(s))), no higher than clip. [B] -> [B].
  return torch.exp(inverse_temperature * advantage).clamp(max=clip)

# parameters: critics [J x critic], value, policy
# targets:    critics
# batch:      observation [B, S], action [B, A], reward [B], next_observation [B, S], terminated [B],
#             conservative factor [B], importance [B], return-to-go [B]
# noise:      normal [B, 1, A], for the entropy alone

class Iql(Module):
  critics : int
  critic_sizes : List[int]
  critic_norm : bool
  value_sizes : List[int]
  policy_sizes : List[int]
  action_size : int
  discount : float
  expectile : float
  inverse_temperature : float
  advantage_clip : float

  def metric_names(self) -> List[str]:
    return ["td_loss", "value_loss", "q_data", "value", "advantage_weight", "policy_loss", "entropy"]

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    action = batch[1]
    generator = torch.Generator(device=action.device, seed=seed)
    return [__torch__.noise.normal(generator, action, [action.size(0), 1, self.action_size])]

  def q_values(self, critics: Tensor, observation: Tensor, action: Tensor) -> Tensor:
    # [B, S], [B, A] -> [J, B].
    return __torch__.network.q_values(critics, self.critics, self.critic_sizes, self.critic_norm, observation,
                                      action.unsqueeze(1)).squeeze(2)

  def value(self, flat: Tensor, observation: Tensor) -> Tensor:
    # [B, S] -> [B].
    hidden, value = __torch__.network.features(flat, self.value_sizes, self.critic_norm, observation)
    return value.squeeze(1)

  def target(self, value: Tensor, batch: List[Tensor]) -> Tensor:
    # The TD target of each row. [B].
    return __torch__.sac.td_target(batch[2], batch[4], self.value(value, batch[3]), self.discount)

  def losses(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    critics, value, policy = parameters
    observation, action, reward, next_observation, terminated, factor, importance, return_to_go = batch
    v = self.value(value, observation)
    advantage = self.q_values(targets[0], observation, action).amin(0).detach() - v
    value_loss = (importance * __torch__.iql.expectile_loss(advantage, self.expectile)).mean()

    target = self.target(value, batch).detach()
    q_data = self.q_values(critics, observation, action)
    td_loss = __torch__.sac.td_loss(q_data, target, importance)

    mean, log_std = __torch__.network.gaussian(__torch__.network.mlp(policy, self.policy_sizes, observation))
    weight = __torch__.iql.advantage_weight(advantage.detach(), self.inverse_temperature, self.advantage_clip)
    log_density_data = __torch__.network.squashed_log_density_of(action, mean, log_std)
    policy_loss = __torch__.bc.policy_loss(log_density_data, weight * importance)

    drawn, log_density = __torch__.network.squashed_sample(mean, log_std, noise[0])
    return ([td_loss.sum(), value_loss, policy_loss],
            [td_loss.mean(), value_loss, q_data.mean(), v.mean(), weight.mean(), policy_loss, -log_density.mean()])

  def td_errors(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor],
                noise: List[Tensor]) -> Tensor:
    return self.q_values(parameters[0], batch[0], batch[1]) - self.target(parameters[1], batch)
