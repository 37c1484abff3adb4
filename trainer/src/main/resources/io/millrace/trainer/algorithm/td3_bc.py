# TD3+BC (Fujimoto & Gu 2021, arXiv 2106.06860): the loss terms, one function a formula, then the algorithm.

def target_action(action: Tensor, standard: Tensor, noise: float, clip: float) -> Tensor:
  # The target policy's action with clipped noise, so that the critics' targets are smooth in it. [B, A] -> [B, A].
  return (action + (standard * noise).clamp(-clip, clip)).clamp(-1., 1.)

def policy_loss(q_policy: Tensor, chosen: Tensor, action: Tensor, behaviour_weight: float) -> Tensor:
  # -lambda E[Q(s, pi(s))] + E[(pi(s) - a)^2], lambda = alpha / E|Q(s, pi(s))|, which is held: Q counts by
  # its shape and not by its size. [B], [B, A], [B, A] -> [].
  scale = behaviour_weight / q_policy.abs().mean().detach()
  return (chosen - action).square().mean() - scale * q_policy.mean()

# parameters: critics [J x critic], policy (its outputs are the actions before the tanh)
# targets:    critics, policy
# batch:      observation [B, S], action [B, A], reward [B], next_observation [B, S], terminated [B],
#             conservative factor [B], importance [B], return-to-go [B]
# noise:      normal [B, A]

class Td3Bc(Module):
  critics : int
  critic_sizes : List[int]
  critic_norm : bool
  policy_sizes : List[int]
  action_size : int
  discount : float
  behaviour_weight : float
  target_noise : float
  target_noise_clip : float

  def metric_names(self) -> List[str]:
    return ["td_loss", "q_data", "q_policy", "policy_loss", "action_error"]

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    action = batch[1]
    generator = torch.Generator(device=action.device, seed=seed)
    return [__torch__.noise.normal(generator, action, [action.size(0), self.action_size])]

  def act(self, policy: Tensor, observation: Tensor) -> Tensor:
    return torch.tanh(__torch__.network.mlp(policy, self.policy_sizes, observation))

  def q_values(self, critics: Tensor, observation: Tensor, action: Tensor) -> Tensor:
    # [B, S], [B, A] -> [J, B].
    return __torch__.network.q_values(critics, self.critics, self.critic_sizes, self.critic_norm, observation,
                                      action.unsqueeze(1)).squeeze(2)

  def target(self, targets: List[Tensor], batch: List[Tensor], noise: List[Tensor]) -> Tensor:
    # The TD target of each row. [B].
    chosen = __torch__.td3_bc.target_action(self.act(targets[1], batch[3]), noise[0], self.target_noise,
                                            self.target_noise_clip)
    value = self.q_values(targets[0], batch[3], chosen).amin(0)
    return __torch__.sac.td_target(batch[2], batch[4], value, self.discount)

  def losses(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    critics, policy = parameters
    observation, action, reward, next_observation, terminated, factor, importance, return_to_go = batch
    target = self.target(targets, batch, noise).detach()
    q_data = self.q_values(critics, observation, action)
    td_loss = __torch__.sac.td_loss(q_data, target, importance)

    chosen = self.act(policy, observation)
    q_policy = self.q_values(critics.detach(), observation, chosen)[0]
    policy_loss = __torch__.td3_bc.policy_loss(q_policy, chosen, action, self.behaviour_weight)
    return ([td_loss.sum(), policy_loss],
            [td_loss.mean(), q_data.mean(), q_policy.mean(), policy_loss, (chosen - action).square().mean()])

  def td_errors(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor],
                noise: List[Tensor]) -> Tensor:
    return self.q_values(parameters[0], batch[0], batch[1]) - self.target(targets, batch, noise)
