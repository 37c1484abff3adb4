  # What the class of every algorithm has: these lines are appended to it. Its own are
  #
  #   noise(batch, seed)                                 the update's random numbers
  #   losses(parameters, targets, batch, noise, step)    the loss of each parameter group, and the metrics
  #   metric_names()                                     of those metrics
  #   td_errors(parameters, targets, batch, noise)       Q_j(s, a) - y [J, B], if there are critics
  #
  # state: the parameter groups, their first Adam moments, their second ones, the target copies; all flat.

  training : bool
  # One a group: Adam's step, 0 where the group stays as it is; every how many updates it learns.
  learning_rates : List[float]
  intervals : List[int]
  policy_group : int
  # The groups that stay as they are while the policy is held.
  held_groups : List[int]
  # One a target: the group that it follows, how far in an update, every how many updates.
  target_groups : List[int]
  target_rates : List[float]
  target_intervals : List[int]

  def autograd(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
               step: int) -> Tuple[List[Tensor], List[Tensor]]:
    # Each group's gradient of its loss, and the metrics.
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    leaves : List[Tensor] = []
    for group in parameters:
      leaves.append(group.detach().requires_grad_())
    losses, metrics = self.losses(leaves, targets, batch, noise, step)
    gradients : List[Tensor] = []
    for i in range(len(leaves)):
      gradient = torch.autograd.grad([losses[i]], [leaves[i]], retain_graph=True)[0]
      gradients.append(unchecked_cast(Tensor, gradient))
    values : List[Tensor] = []
    for metric in metrics:
      values.append(metric.detach())
    torch.set_grad_enabled(recording)
    return gradients, values

  def gradients(self, state: List[Tensor], batch: List[Tensor], noise: List[Tensor],
                step: int) -> Tuple[List[Tensor], Tensor]:
    # Each group's gradient, by hand where it is written out; the metrics and each gradient's length. [M].
    groups = len(self.learning_rates)
    if hasattr(self, "gradients_by_hand"):
      gradients, metrics = self.gradients_by_hand(state[:groups], state[3 * groups:], batch, noise, step)
    else:
      gradients, metrics = self.autograd(state[:groups], state[3 * groups:], batch, noise, step)
    return self.with_lengths(gradients, metrics)

  def with_lengths(self, gradients: List[Tensor], metrics: List[Tensor]) -> Tuple[List[Tensor], Tensor]:
    for gradient in gradients:
      metrics.append(gradient.norm())
    return gradients, torch.stack(metrics)

  def gradients_of(self, state: List[Tensor], batch: List[Tensor], noise: List[Tensor], step: Tensor) -> List[Tensor]:
    # The gradient of each parameter group, and the metrics, with the state left as it is.
    gradients, metrics = self.gradients(state, batch, noise, int(step))
    gradients.append(metrics)
    return gradients

  def losses_of(self, state: List[Tensor], batch: List[Tensor], noise: List[Tensor], step: Tensor) -> Tensor:
    # The loss of each parameter group.
    groups = len(self.learning_rates)
    losses, metrics = self.losses(state[:groups], state[3 * groups:], batch, noise, int(step))
    return torch.stack(losses)

  def apply(self, state: List[Tensor], gradients: List[Tensor], step: int, held: bool) -> NoneType:
    # While the policy is held its step is 0. Adam's moments go on, so that they and their correction for the number of
    # steps still fit each other when it is let go.
    groups = len(self.learning_rates)
    for i in range(groups):
      if self.learning_rates[i] > 0. and step % self.intervals[i] == 0:
        rate = self.learning_rates[i]
        if held and i in self.held_groups:
          rate = 0.
        first = groups + i
        second = 2 * groups + i
        __torch__.optimizer.adam(state[i:i + 1], state[first:first + 1], state[second:second + 1], gradients[i:i + 1], rate,
                                 step // self.intervals[i])
    for i in range(len(self.target_groups)):
      if step % self.target_intervals[i] == 0:
        __torch__.optimizer.polyak(state[3 * groups + i], state[self.target_groups[i]], self.target_rates[i])
    return None

  def step_with(self, state: List[Tensor], batch: List[Tensor], noise: List[Tensor], step: Tensor) -> Tensor:
    # Update number `step`, from 1, in place; the metrics [M].
    gradients, metrics = self.gradients(state, batch, noise, int(step))
    self.apply(state, gradients, int(step), False)
    return metrics

  def noise_of(self, batch: List[Tensor], seed: Tensor) -> List[Tensor]:
    return self.noise(batch, int(seed))

  def beside(self, state: List[Tensor], batch: List[Tensor]) -> List[Tensor]:
    # The batch on the state's device. A copy from pinned memory does not wait for what the device has still to do, as one
    # from any other memory would.
    if not state[0].is_cuda:
      return batch
    moved : List[Tensor] = []
    for column in batch:
      moved.append(column.pin_memory().to(state[0].device, non_blocking=True))
    return moved

  def update(self, state: List[Tensor], health: List[Tensor], batch: List[Tensor], seed: Tensor, step: Tensor,
             held: Tensor) -> Tensor:
    # The same, with noise from a seed, and a batch in the host's memory. health as in optimizer.first_failure; held: 1 if
    # the policy is to stay.
    batch = self.beside(state, batch)
    gradients, metrics = self.gradients(state, batch, self.noise(batch, int(seed)), int(step))
    self.apply(state, gradients, int(step), int(held) == 1)
    __torch__.optimizer.first_failure(health, metrics, int(step))
    return metrics

  def row_errors(self, state: List[Tensor], batch: List[Tensor], seed: Tensor) -> Tensor:
    # |Q_j(s, a) - y| of each row, the mean over critics; none where there are no critics. [B] or [0].
    batch = self.beside(state, batch)
    if hasattr(self, "td_errors"):
      groups = len(self.learning_rates)
      errors = self.td_errors(state[:groups], state[3 * groups:], batch, self.noise(batch, int(seed)))
      return errors.abs().mean(0)
    else:
      return torch.zeros_like(batch[2][:0])

  def diagnostic_names(self) -> List[str]:
    names : List[str] = []
    if hasattr(self, "td_errors"):
      names += __torch__.diagnostics.error_names()
      names += __torch__.diagnostics.layer_names("critics", self.critic_sizes)
    if hasattr(self, "value_sizes"):
      names += __torch__.diagnostics.layer_names("value", self.value_sizes)
    if hasattr(self, "policy_sizes"):
      names += __torch__.diagnostics.layer_names("policy", self.policy_sizes)
    return names

  def diagnose(self, state: List[Tensor], batch: List[Tensor], seed: Tensor) -> Tensor:
    # Figures of the parameters as they are, on the rows of a batch. Critics are the first group, a value the second.
    batch = self.beside(state, batch)
    figures : List[Tensor] = []
    if hasattr(self, "td_errors"):
      groups = len(self.learning_rates)
      errors = self.td_errors(state[:groups], state[3 * groups:], batch, self.noise(batch, int(seed)))
      figures += __torch__.diagnostics.error_quantiles(errors)
      # A critic of discrete actions sees the observation alone.
      if hasattr(self, "discrete_actions"):
        seen = batch[0]
      else:
        seen = torch.cat([batch[0], batch[1]], 1)
      figures += __torch__.diagnostics.dormant_shares(state[0], self.critics, self.critic_sizes, self.critic_norm, seen)
    if hasattr(self, "value_sizes"):
      figures += __torch__.diagnostics.dormant_shares(state[1], 1, self.value_sizes, self.critic_norm, batch[0])
    if hasattr(self, "policy_sizes"):
      figures += __torch__.diagnostics.dormant_shares(state[self.policy_group], 1, self.policy_sizes, False, batch[0])
    return torch.stack(figures)
