  # Gradients of the losses of CQL(H), CQL(rho) and Cal-QL, as autograd gives them but written out; appended to the class.
  #
  # Work is split by critics and states into tasks, which run side by side, each with the operators of one thread: on
  # two cores that is worth more than operators of two threads, which wait for each other a hundred times an update.

  mixed : bool
  chunk_states : int
  tasks : int

  def gradients_by_hand(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
                        step: int) -> Tuple[List[Tensor], List[Tensor]]:
    carried = self.before_critics(parameters, targets, batch, noise)
    scored, others_density, target, weight = carried[:4]
    critics = parameters[0]
    observation = batch[0]
    factor = batch[5]
    importance = batch[6]
    return_to_go = batch[7]
    started = annotate(List[Future[List[Tensor]]], [])
    finished = annotate(List[Tensor], [])
    if self.tasks > 1:
      for task in range(self.tasks):
        def __forked_function():
          return self.critic_parts(critics, observation, scored, others_density, target, weight, factor, importance,
                                   return_to_go, task)
        started.append(fork(__forked_function))

    policy_gradient = self.beside_critics(parameters, batch, carried, step)
    if self.tasks > 1:
      for future in started:
        finished += torch.wait(future)
    else:
      finished += self.critic_parts(critics, observation, scored, others_density, target, weight, factor, importance,
                                    return_to_go, 0)
    q, critic_gradient = self.joined(critics, finished, observation.size(0), scored.size(1))
    return self.after_critics(parameters, batch, carried, [q, critic_gradient, policy_gradient], step)

  def before_critics(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor],
                     noise: List[Tensor]) -> List[Tensor]:
    # All that comes before the critics' gradient, in the order in which `beside_critics` and `after_critics` take it:
    # first what the gradient is of, [B, K, A] actions of which the last is the logged one, [B, K - 1] log densities of
    # the others, [B] targets, [J] weights.
    critics, policy, log_temperature, log_multiplier = parameters
    observation, action, reward, next_observation, terminated, factor, importance, return_to_go = batch
    rows = observation.size(0)
    policy_hidden, head = self.policy_layers(policy, observation, next_observation)
    mean, log_std = __torch__.network.gaussian(head)
    actions, log_density = __torch__.network.squashed_sample(mean, log_std, noise[0])
    chosen = actions[:rows, 0]

    next_actions = self.next_actions(actions)
    next_observations = next_observation.unsqueeze(1).expand([-1, next_actions.size(1), -1])
    q_next, q_policy, judging = self.judge(targets[0], critics, torch.cat([next_observations, next_actions], 2),
                                           torch.cat([observation, chosen], 1))
    target = self.target_from(q_next, log_temperature.exp(), batch, noise, log_density)
    others, others_density = self.sampled(targets, batch, noise, actions, log_density)
    scored = torch.cat([others, action.unsqueeze(1)], 1)
    carried = [scored, others_density, target, self.weight(log_multiplier), noise[0], noise[1], head, chosen,
               log_density[:rows, 0], q_policy]
    carried += policy_hidden
    for hidden in judging:
      carried += hidden
    return carried

  def policy_layers(self, policy: Tensor, observation: Tensor, next_observation: Tensor) -> Tuple[List[Tensor], Tensor]:
    # The policy's hidden layers at s, and its output at s and at s'. [B, H] each, [2B, 2A].
    views = __torch__.network.layers(policy, self.policy_sizes)
    if self.tasks > 1:
      def __forked_function():
        return __torch__.backward.policy_layers(views, next_observation)
      started = fork(__forked_function)
      here = __torch__.backward.policy_layers(views, observation)
      there = torch.wait(started)
      return here[:-1], torch.cat([here[-1], there[-1]])
    here = __torch__.backward.policy_layers(views, observation)
    there = __torch__.backward.policy_layers(views, next_observation)
    return here[:-1], torch.cat([here[-1], there[-1]])

  def beside_critics(self, parameters: List[Tensor], batch: List[Tensor], carried: List[Tensor], step: int) -> Tensor:
    # The policy's flat gradient, which does not depend on that of the critics.
    critics, policy, log_temperature, log_multiplier = parameters
    normal, uniform, head, chosen, log_density_policy, q_policy = carried[4:10]
    layers = len(self.policy_sizes) - 2
    judging = annotate(List[List[Tensor]], [])
    judging_layers = len(self.critic_sizes) - 2
    for k in range(self.critics):
      start = 10 + layers + k * judging_layers
      judging.append(carried[start:start + judging_layers])
    views = __torch__.network.layers(policy, self.policy_sizes)
    return self.policy_by_hand(critics, views, batch, normal, log_temperature.exp(), carried[10:10 + layers], head, chosen,
                               q_policy, judging, step)

  def after_critics(self, parameters: List[Tensor], batch: List[Tensor], carried: List[Tensor], found: List[Tensor],
                    step: int) -> Tuple[List[Tensor], List[Tensor]]:
    # All gradients, and the metrics. found: the critics' values [J, B, K] of the actions, their flat gradient, the
    # policy's.
    critics, policy, log_temperature, log_multiplier = parameters
    scored, others_density, target, weight = carried[:4]
    uniform = carried[5]
    log_density_policy, q_policy = carried[8:10]
    factor = batch[5]
    importance = batch[6]
    q, critic_gradient, policy_gradient = found
    temperature = log_temperature.exp()
    q_sampled = q[:, :, :-1]
    q_data = q[:, :, -1]
    td_loss = __torch__.sac.td_loss(q_data, target, importance)
    gap = self.gap(q_sampled, others_density, q_data, batch)
    multiplier = __torch__.cql.multiplier(log_multiplier)
    inside = (multiplier < 1e6).to(gap.dtype)
    multiplier_gradient = -(multiplier * inside * (factor * (gap - self.gap_target)).mean(1))
    temperature_gradient = -(log_density_policy.mean() + self.target_entropy).view([1])
    policy_loss = __torch__.sac.policy_loss(q_policy, log_density_policy, temperature)
    if step <= self.behaviour_cloning_updates:
      policy_loss = self.cloning_loss(policy, batch, log_density_policy, temperature)

    metrics = [td_loss.mean(), gap.mean(), weight.mean(), q_data.mean(), q_policy.mean(),
               self.uniform_value(critics, batch[0], uniform, q_sampled), policy_loss, temperature.mean(),
               -log_density_policy.mean()]
    if self.calibrated:
      metrics.append(self.calibrated_share(q_sampled, batch[7]))
    return [critic_gradient, policy_gradient, temperature_gradient, multiplier_gradient], metrics

  # The same in steps, for a caller that computes the critics' values and gradient itself.

  def before(self, state: List[Tensor], batch: List[Tensor], noise: List[Tensor]) -> List[Tensor]:
    groups = len(self.learning_rates)
    return self.before_critics(state[:groups], state[3 * groups:], batch, noise)

  def policy_gradient(self, state: List[Tensor], batch: List[Tensor], carried: List[Tensor], step: Tensor) -> Tensor:
    return self.beside_critics(state[:len(self.learning_rates)], batch, carried, int(step))

  def after(self, state: List[Tensor], batch: List[Tensor], carried: List[Tensor], found: List[Tensor],
            step: int) -> Tuple[List[Tensor], Tensor]:
    gradients, metrics = self.after_critics(state[:len(self.learning_rates)], batch, carried, found, step)
    return self.with_lengths(gradients, metrics)

  def gradients_after(self, state: List[Tensor], batch: List[Tensor], carried: List[Tensor], found: List[Tensor],
                      step: Tensor) -> List[Tensor]:
    # As gradients_of.
    gradients, metrics = self.after(state, batch, carried, found, int(step))
    gradients.append(metrics)
    return gradients

  def update_after(self, state: List[Tensor], health: List[Tensor], batch: List[Tensor], carried: List[Tensor],
                   found: List[Tensor], step: Tensor, held: Tensor) -> Tensor:
    # As update.
    gradients, metrics = self.after(state, batch, carried, found, int(step))
    self.apply(state, gradients, int(step), int(held) == 1)
    __torch__.optimizer.first_failure(health, metrics, int(step))
    return metrics

  def judge(self, target_critics: Tensor, critics: Tensor, next_input: Tensor,
            input: Tensor) -> Tuple[Tensor, Tensor, List[List[Tensor]]]:
    # What the target critics say of the policy's actions at s', and the critics of those at s, with the hidden layers of
    # the latter. [B, K, S + A], [B, S + A] -> [J, B, K], [J, B], J x layers.
    started = annotate(List[Future[List[Tensor]]], [])
    found = annotate(List[List[Tensor]], [])
    next_inputs = next_input.view([-1, next_input.size(2)])
    for k in range(self.critics):
      target_critic = target_critics.view([self.critics, -1])[k]
      critic = critics.view([self.critics, -1])[k]
      if self.tasks > 1:
        def __forked_function():
          return __torch__.backward.judged(target_critic, critic, self.critic_sizes, next_inputs, input)
        started.append(fork(__forked_function))
      else:
        found.append(__torch__.backward.judged(target_critic, critic, self.critic_sizes, next_inputs, input))
    for future in started:
      found.append(torch.wait(future))
    q_next : List[Tensor] = []
    q : List[Tensor] = []
    hidden = annotate(List[List[Tensor]], [])
    for each in found:
      q_next.append(each[0])
      q.append(each[1])
      hidden.append(each[2:])
    return torch.stack(q_next).view([self.critics, next_input.size(0), -1]), torch.stack(q), hidden

  def parts(self, rows: int) -> int:
    # Into how many parts the states of a critic are cut, so that there is a part for each task, and none is empty.
    return min((self.tasks + self.critics - 1) // self.critics, rows)

  def critic_parts(self, critics: Tensor, observation: Tensor, actions: Tensor, log_density: Tensor, target: Tensor,
                   weight: Tensor, factor: Tensor, importance: Tensor, return_to_go: Tensor, task: int) -> List[Tensor]:
    # One task's parts: the values [states, K] of each and its share of its critic's flat gradient.
    rows = observation.size(0)
    parts = self.parts(rows)
    units = self.critics * parts
    found : List[Tensor] = []
    for unit in range(task * units // self.tasks, (task + 1) * units // self.tasks):
      k = unit // parts
      start = unit % parts * rows // parts
      end = (unit % parts + 1) * rows // parts
      q, gradient = self.critic_part(critics.view([self.critics, -1])[k], observation[start:end], actions[start:end],
                                     log_density[start:end], target[start:end],
                                     (weight[k] / rows) * factor[start:end], (2. / rows) * importance[start:end],
                                     return_to_go[start:end])
      found.append(q)
      found.append(gradient)
    return found

  def joined(self, critics: Tensor, parts: List[Tensor], rows: int, count: int) -> Tuple[Tensor, Tensor]:
    # All values [J, B, K], and the critics' flat gradient.
    values : List[Tensor] = []
    gradient = torch.zeros_like(critics).view([self.critics, -1])
    for i in range(len(parts) // 2):
      values.append(parts[2 * i])
      gradient[i // self.parts(rows)].add_(parts[2 * i + 1])
    return torch.cat(values).view([self.critics, rows, count]), gradient.view([-1])

  def critic_part(self, critic: Tensor, observation: Tensor, actions: Tensor, log_density: Tensor, target: Tensor,
                  held: Tensor, error_scale: Tensor, return_to_go: Tensor) -> Tuple[Tensor, Tensor]:
    # Values of the compared actions and the logged one, and the flat gradient of these states' share of the loss. A few
    # states at a time, so that their activations stay in the cache from forward to backward. What the first layer makes
    # of the observation is computed once a state, and its gradient summed over a state's actions.
    state_size = observation.size(1)
    views = __torch__.network.layers(critic, self.critic_sizes)
    from_state = torch.addmm(views[1], observation, views[0][:, :state_size].t())
    action_weights = views[0][:, state_size:]
    products = __torch__.backward.product_weights(views, self.mixed)
    flat_gradient = torch.zeros_like(critic)
    gradient = __torch__.network.layers(flat_gradient, self.critic_sizes)
    action_gradient = torch.zeros_like(action_weights.t())
    most = min(self.chunk_states, observation.size(0)) * actions.size(1)
    hidden_space = __torch__.backward.space(from_state, views, most, False)
    gradient_space = __torch__.backward.space(from_state, views, most, self.mixed)
    state_sums : List[Tensor] = []
    values : List[Tensor] = []
    for start in range(0, observation.size(0), self.chunk_states):
      end = min(start + self.chunk_states, observation.size(0))
      a = actions[start:end].reshape([-1, self.action_size])
      hidden = __torch__.backward.state_action_activations(from_state[start:end], a, action_weights, views, hidden_space)
      q = __torch__.backward.value(hidden, views).view([end - start, -1])
      share = self.gap_share(q[:, :-1], log_density[start:end], return_to_go[start:end])
      error = error_scale[start:end] * (q[:, -1] - target[start:end])
      d = torch.cat([share * held[start:end].unsqueeze(1), (error - held[start:end]).unsqueeze(1)], 1)
      z = __torch__.backward.add_value_gradient(d.view([-1]), hidden, products, gradient, gradient_space, self.mixed)
      __torch__.linear.add_outer(action_gradient, __torch__.backward.reduced(a, self.mixed), z)
      state_sums.append(torch.sum(z.view([end - start, -1, z.size(1)]), [1], False, dtype=critic.dtype))
      values.append(q)
    state_sum = torch.cat(state_sums)
    gradient[0][:, :state_size].copy_(torch.mm(state_sum.t(), observation))
    gradient[0][:, state_size:].copy_(action_gradient.t())
    gradient[1].copy_(state_sum.sum([0]))
    __torch__.backward.finish_value_gradient(views, gradient)
    return torch.cat(values), flat_gradient

  def gap_share(self, q_sampled: Tensor, log_density: Tensor, return_to_go: Tensor) -> Tensor:
    # Gradient of each state's gap in the values of its sampled actions: where they are weighted by a softmax that is
    # held, as in CQL(rho), it is that of the logsumexp, too. [B, K - 1], [B, K - 1], [B] -> [B, K - 1].
    if self.calibrated:
      bounded = __torch__.cql.calibrated(q_sampled.unsqueeze(0), return_to_go, self.sampled_actions).squeeze(0)
      share = torch.softmax(bounded / self.gap_temperature - log_density, 1)
      return share * __torch__.backward.calibrated_slope(q_sampled, return_to_go, self.sampled_actions)
    return torch.softmax(q_sampled / self.gap_temperature - log_density, 1)

  def policy_by_hand(self, critics: Tensor, views: List[Tensor], batch: List[Tensor], normal: Tensor,
                     temperature: Tensor, hidden: List[Tensor], head: Tensor, chosen: Tensor, q: Tensor,
                     judging: List[List[Tensor]], step: int) -> Tensor:
    # The policy's flat gradient; `hidden`: its layers at s; `head`: its output at s, then at s'; `q`, `judging`: of the critics at s.
    rows = chosen.size(0)
    mean, log_std = __torch__.network.gaussian(head[:rows])
    per_row = temperature / rows
    if step <= self.behaviour_cloning_updates:
      scale = torch.exp(-log_std)
      standard = (torch.atanh(batch[1].clamp(-1. + 1e-6, 1. - 1e-6)) - mean) * scale
      entropy_gradient = 2. * per_row * chosen
      mean_gradient = entropy_gradient - standard * scale / rows
      log_std_gradient = (entropy_gradient * log_std.exp() * normal[:rows, 0] - per_row
                          + (1. - standard.square()) / rows)
    else:
      action_gradient = self.action_gradient(critics, q, judging)
      mean_gradient = action_gradient * (1. - chosen.square()) + 2. * per_row * chosen
      log_std_gradient = mean_gradient * log_std.exp() * normal[:rows, 0] - per_row
    raw_log_std = head[:rows, self.action_size:]
    unclamped = torch.logical_and(raw_log_std >= -20., raw_log_std <= 2.).to(head.dtype)
    return __torch__.backward.parameter_gradient(torch.cat([mean_gradient, log_std_gradient * unclamped], 1), batch[0],
                                                 hidden, views)

  def action_gradient(self, critics: Tensor, q: Tensor, judging: List[List[Tensor]]) -> Tensor:
    # Gradient of -mean_B min_J q in the policy's actions at s. [J, B] -> [B, A].
    smallest = (q == q.amin(0)).to(q.dtype)
    share = smallest / (smallest.sum(0) * -q.size(1))
    gradients : List[Tensor] = []
    for k in range(self.critics):
      views = __torch__.network.layers(critics.view([self.critics, -1])[k], self.critic_sizes)
      gradients.append(__torch__.backward.input_gradient(share[k], judging[k], views)[:, -self.action_size:])
    return torch.stack(gradients).sum([0])
