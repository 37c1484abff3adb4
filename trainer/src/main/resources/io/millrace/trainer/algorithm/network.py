# Networks over flat parameters, in TorchScript. Shapes: B rows, K actions a row, S observation size, A action size,
# J critics.

def layers(flat: Tensor, sizes: List[int]) -> List[Tensor]:
  # Views of each layer's weights [outputs, inputs] and biases [outputs], first to last.
  views : List[Tensor] = []
  at = 0
  for i in range(len(sizes) - 1):
    inputs = sizes[i]
    outputs = sizes[i + 1]
    views.append(flat[at:at + inputs * outputs].view([outputs, inputs]))
    at += inputs * outputs
    views.append(flat[at:at + outputs])
    at += outputs
  return views

def mlp(flat: Tensor, sizes: List[int], x: Tensor) -> Tensor:
  # ReLU between the layers: [..., sizes[0]] -> [..., sizes[-1]].
  views = __torch__.network.layers(flat, sizes)
  h = torch.linear(x, views[0], views[1])
  for i in range(1, len(sizes) - 1):
    h = torch.linear(torch.relu(h), views[2 * i], views[2 * i + 1])
  return h

def features(flat: Tensor, sizes: List[int], norm: bool, x: Tensor) -> Tuple[List[Tensor], Tensor]:
  # Each hidden layer after its ReLU, [..., H], and the output, [..., sizes[-1]]. With norm there is a LayerNorm before
  # each ReLU, its gain and offset after the layer's weights and biases.
  hidden : List[Tensor] = []
  at = 0
  for i in range(len(sizes) - 1):
    inputs = sizes[i]
    outputs = sizes[i + 1]
    weights = flat[at:at + inputs * outputs].view([outputs, inputs])
    at += inputs * outputs
    x = torch.linear(x, weights, flat[at:at + outputs])
    at += outputs
    if i < len(sizes) - 2:
      if norm:
        x = torch.layer_norm(x, [outputs], flat[at:at + outputs], flat[at + outputs:at + 2 * outputs])
        at += 2 * outputs
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
