# CQL(H) over discrete actions, on Double DQN (van Hasselt, Guez & Silver 2016, arXiv 1509.06461). No policy network: the
# policy is greedy in the critics' mean, and the gap needs no samples, since every action has a value.
#
# parameters: critics [J x critic], whose outputs are the values of all N actions; log_multiplier [J]
# targets:    critics
# batch:      observation [B, S], action [B, 1] (an index), reward [B], next_observation [B, S], terminated [B],
#             conservative factor [B], importance [B], return-to-go [B]
# noise:      none

def value_of(q: Tensor, index: Tensor) -> Tensor:
  # Q_j(s, a) of one action a row. [J, B, N], [B] -> [J, B].
  return q.gather(2, index.view([1, -1, 1]).expand([q.size(0), -1, 1])).squeeze(2)

def greedy(q: Tensor) -> Tensor:
  # The action that the critics' mean values most. [J, B, N] -> [B].
  return q.mean([0]).argmax(1)

def target_value(q_next: Tensor, q_next_target: Tensor) -> Tensor:
  # Value of the next state: min_j Q'_j(s', a*) with a* = argmax_a mean_j Q_j(s', a), so that what chooses the action is not
  # what values it; with one critic Double DQN's. [J, B, N], [J, B, N] -> [B].
  return __torch__.cql_discrete.value_of(q_next_target, __torch__.cql_discrete.greedy(q_next)).amin(0)

class CqlDiscrete(Module):
  critics : int
  critic_sizes : List[int]
  critic_norm : bool
  discrete_actions : int
  discount : float
  lagrange : bool
  alpha : float
  gap_target : float
  gap_temperature : float

  def metric_names(self) -> List[str]:
    return ["td_loss", "conservative_gap", "conservative_weight", "q_data", "q_policy", "q_uniform", "logged_action_share"]

  def noise(self, batch: List[Tensor], seed: int) -> List[Tensor]:
    none : List[Tensor] = []
    return none

  def weight(self, log_multiplier: Tensor) -> Tensor:
    # alpha of each critic. [J].
    if self.lagrange:
      return __torch__.cql.multiplier(log_multiplier)
    return torch.full_like(log_multiplier, self.alpha)

  def q_values(self, critics: Tensor, observation: Tensor) -> Tensor:
    # Every critic's value of every action. [B, S] -> [J, B, N].
    q : List[Tensor] = []
    for critic in critics.view([self.critics, -1]).unbind():
      hidden, values = __torch__.network.features(critic, self.critic_sizes, self.critic_norm, observation)
      q.append(values)
    return torch.stack(q)

  def logged(self, batch: List[Tensor]) -> Tensor:
    # The index of each row's action; 4 is the type int64. [B].
    return batch[1].squeeze(1).to(4)

  def target(self, critics: Tensor, target_critics: Tensor, batch: List[Tensor]) -> Tensor:
    # The TD target of each row. [B].
    value = __torch__.cql_discrete.target_value(self.q_values(critics, batch[3]), self.q_values(target_critics, batch[3]))
    return __torch__.sac.td_target(batch[2], batch[4], value, self.discount)

  def losses(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor], noise: List[Tensor],
             step: int) -> Tuple[List[Tensor], List[Tensor]]:
    critics, log_multiplier = parameters
    factor = batch[5]
    importance = batch[6]
    action = self.logged(batch)
    target = self.target(critics.detach(), targets[0], batch).detach()
    q = self.q_values(critics, batch[0])
    q_data = __torch__.cql_discrete.value_of(q, action)
    td_loss = __torch__.sac.td_loss(q_data, target, importance)
    gap = __torch__.cql.gap_discrete(q, q_data, self.gap_temperature)
    weight = self.weight(log_multiplier).detach()
    critic_loss = (td_loss + __torch__.cql.conservative_loss(weight, gap, factor)).sum()
    multiplier_loss = __torch__.cql.multiplier_loss(log_multiplier, gap.detach(), factor, self.gap_target)

    chosen = __torch__.cql_discrete.greedy(q)
    return ([critic_loss, multiplier_loss],
            [td_loss.mean(), gap.mean(), weight.mean(), q_data.mean(), __torch__.cql_discrete.value_of(q, chosen).mean(),
             q.mean(), (chosen == action).to(q.dtype).mean()])

  def td_errors(self, parameters: List[Tensor], targets: List[Tensor], batch: List[Tensor],
                noise: List[Tensor]) -> Tensor:
    q = self.q_values(parameters[0], batch[0])
    return (__torch__.cql_discrete.value_of(q, self.logged(batch)) -
            self.target(parameters[0], targets[0], batch))
