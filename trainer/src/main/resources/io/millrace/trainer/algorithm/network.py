# Networks over flat parameters, in TorchScript. Shapes: B rows, K actions a row, S observation size, A action size,
# J critics.

def parts(flat: Tensor, sizes: List[int], norm: bool) -> List[Tensor]:
  # Views of each layer's weights [outputs, inputs] and biases [outputs], first to last; with norm, after those of each
  # hidden layer the LayerNorm's gain and offset [outputs]. One split, so that autograd puts the gradient together once.
  lengths : List[int] = []
  for i in range(len(sizes) - 1):
    lengths += [sizes[i] * sizes[i + 1], sizes[i + 1]]
    if norm and i < len(sizes) - 2:
      lengths += [sizes[i + 1], sizes[i + 1]]
  return torch.split_with_sizes(flat, lengths)

def layers(flat: Tensor, sizes: List[int]) -> List[Tensor]:
  # Views of each layer's weights [outputs, inputs] and biases [outputs], first to last.
  views = __torch__.network.parts(flat, sizes, False)
  for i in range(len(sizes) - 1):
    views[2 * i] = views[2 * i].view([sizes[i + 1], sizes[i]])
  return views

def mlp(flat: Tensor, sizes: List[int], x: Tensor) -> Tensor:
  # ReLU between the layers: [..., sizes[0]] -> [..., sizes[-1]].
  hidden, output = __torch__.network.features(flat, sizes, False, x)
  return output

def features(flat: Tensor, sizes: List[int], norm: bool, x: Tensor) -> Tuple[List[Tensor], Tensor]:
  # Each hidden layer after its ReLU, [..., H], and the output, [..., sizes[-1]]. With norm there is a LayerNorm before
  # each ReLU.
  hidden : List[Tensor] = []
  views = __torch__.network.parts(flat, sizes, norm)
  at = 0
  for i in range(len(sizes) - 1):
    x = torch.linear(x, views[at].view([sizes[i + 1], sizes[i]]), views[at + 1])
    at += 2
    if i < len(sizes) - 2:
      if norm:
        x = torch.layer_norm(x, [sizes[i + 1]], views[at], views[at + 1])
        at += 2
      x = torch.relu(x)
      hidden.append(x)
  return hidden, x

def q_values(critics: Tensor, count: int, sizes: List[int], norm: bool, observation: Tensor, actions: Tensor) -> Tensor:
  # Every critic's value of K actions a row: [B, S], [B, K, A] -> [J, B, K].
  rows = observation.unsqueeze(1).expand([-1, actions.size(1), -1])
  x = torch.cat([rows, actions], 2)
  q : List[Tensor] = []
  for critic in critics.view([count, -1]).unbind():
    hidden, value = __torch__.network.features(critic, sizes, norm, x)
    q.append(value.squeeze(-1))
  return torch.stack(q)

def gaussian(head: Tensor) -> Tuple[Tensor, Tensor]:
  # The last layer's outputs [B, 2A] as mean and log standard deviation [B, A] of the Gaussian before squashing.
  mean, log_std = head.chunk(2, 1)
  return mean, log_std.clamp(-20., 2.)

def squashed_log_density(u: Tensor, standard: Tensor, log_std: Tensor) -> Tensor:
  # log density of a = tanh(u), u = mean + exp(log_std) standard: [B, K, A] -> [B, K]. The tanh's log-determinant in the
  # form that does not cancel: log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2u)).
  half_log_2pi = 0.9189385332046727
  log_2 = 0.6931471805599453
  gauss = standard.square() * -0.5 - log_std.unsqueeze(1) - half_log_2pi
  squash = 2. * (log_2 - u - torch.softplus(-2. * u))
  return (gauss - squash).sum(-1)

def squashed_sample(mean: Tensor, log_std: Tensor, standard: Tensor) -> Tuple[Tensor, Tensor]:
  # Reparameterised actions and their log densities, from standard normals: [B, K, A] -> [B, K, A], [B, K].
  u = mean.unsqueeze(1) + log_std.exp().unsqueeze(1) * standard
  return torch.tanh(u), __torch__.network.squashed_log_density(u, standard, log_std)

def squashed_log_density_of(action: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
  # log density of given actions [B, A] -> [B]. Actions at the bounds, where it is infinite, are moved inside by 1e-6.
  u = torch.atanh(action.clamp(-1. + 1e-6, 1. - 1e-6))
  standard = (u - mean) * torch.exp(-log_std)
  return __torch__.network.squashed_log_density(u.unsqueeze(1), standard.unsqueeze(1), log_std).squeeze(1)
