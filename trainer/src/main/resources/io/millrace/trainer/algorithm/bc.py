# Behaviour cloning: the policy that makes the logged actions most likely.
#
# parameters: policy
# batch:      observation [B, S], action [B, A]; the others are not looked at, but for the importance
# noise:      normal [B, 1, A], for the entropy alone

def policy_loss(log_density_data: Tensor, importance: Tensor) -> Tensor:
  # -E[log pi(a|s)] over the logged rows. [B], [B] -> [].
  return -(importance * log_density_data).mean()

class BehaviourCloning(Module):
  policy_sizes : List[int]
  action_size : int

  def metric_names(self) -> List[str]:
    return ["policy_loss", "action_error", "entropy"]

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    action = batch[1]
    generator = torch.Generator(device=action.device, seed=seed)
    return [__torch__.noise.normal(generator, action, [action.size(0), 1, self.action_size])]

  def losses(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    mean, log_std = __torch__.network.gaussian(__torch__.network.mlp(parameters[0], self.policy_sizes, batch[0]))
    log_density_data = __torch__.network.squashed_log_density_of(batch[1], mean, log_std)
    loss = __torch__.bc.policy_loss(log_density_data, batch[6])
    drawn, log_density = __torch__.network.squashed_sample(mean, log_std, noise[0])
    return [loss], [loss, (torch.tanh(mean) - batch[1]).square().mean(), -log_density.mean()]
