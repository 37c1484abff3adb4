# Backward passes through a ReLU network written out, for where autograd is too slow. n rows; `views` are the network's
# weights and biases as network.layers gives them, `gradient` views of the same shapes to add to.

def activations(x: Tensor, views: List[Tensor]) -> List[Tensor]:
  # Each hidden layer after its ReLU, [n, H].
  hidden : List[Tensor] = []
  for i in range(len(views) // 2 - 1):
    x = __torch__.linear.linear_relu(x, views[2 * i], views[2 * i + 1])
    hidden.append(x)
  return hidden

def value(hidden: List[Tensor], views: List[Tensor]) -> Tensor:
  # The one output of a critic. [n].
  return torch.mv(hidden[-1], views[-2].view([-1])) + views[-1]

def policy_layers(views: List[Tensor], observation: Tensor) -> List[Tensor]:
  # The policy's hidden layers, then its output.
  hidden = __torch__.backward.activations(observation, views)
  return hidden + [__torch__.linear.linear(hidden[-1], views[-2], views[-1])]

def judged(target_critic: Tensor, critic: Tensor, sizes: List[int], next_input: Tensor, input: Tensor) -> List[Tensor]:
  # The target critic's value of one input [n], the critic's value of the other [n], and its hidden layers there.
  target_views = __torch__.network.layers(target_critic, sizes)
  views = __torch__.network.layers(critic, sizes)
  hidden = __torch__.backward.activations(input, views)
  return [__torch__.backward.value(__torch__.backward.activations(next_input, target_views), target_views),
          __torch__.backward.value(hidden, views)] + hidden

def calibrated_slope(q_sampled: Tensor, return_to_go: Tensor, uniform: int) -> Tensor:
  # Gradient of cql.calibrated for one critic: 1 where a value counts itself, 0 where its bound does, and half of each
  # where they are the same. [B, n], [B] -> [B, n].
  policy = q_sampled[:, uniform:]
  bound = return_to_go.unsqueeze(1)
  slope = (policy >= bound).to(policy.dtype) * 0.5 + (policy > bound).to(policy.dtype) * 0.5
  return torch.cat([torch.ones_like(q_sampled[:, :uniform]), slope], 1)

def space(like: Tensor, views: List[Tensor], rows: int, mixed: bool) -> List[Tensor]:
  # Memory for a tensor [rows, H] of each hidden layer, to be written again and again while it is in the cache.
  tensors : List[Tensor] = []
  for i in range(len(views) // 2 - 1):
    tensors.append(__torch__.backward.reduced(torch.empty_like(like[:1, :1]), mixed).new_empty(
        [rows, views[2 * i + 1].size(0)]))
  return tensors

def state_action_activations(from_state: Tensor, actions: Tensor, action_weights: Tensor, views: List[Tensor],
                             space: List[Tensor]) -> List[Tensor]:
  # Each hidden layer of a critic after its ReLU, for several actions a state: what the first layer makes of each state,
  # with its biases, [s, H]; actions [s K, A] -> [s K, H], in the space given.
  rows = actions.size(0)
  states, width = from_state.size()
  first = space[0][:rows]
  first.view([states, -1, width]).copy_(from_state.unsqueeze(1))
  hidden = [first.addmm_(actions, action_weights.t()).relu_()]
  for i in range(1, len(views) // 2 - 1):
    hidden.append(__torch__.linear.linear_relu_into(space[i][:rows], hidden[-1], views[2 * i], views[2 * i + 1]))
  return hidden

def product_weights(views: List[Tensor], mixed: bool) -> List[Tensor]:
  # What the gradient of each hidden layer but the first is multiplied by on the way down.
  weights : List[Tensor] = []
  top = len(views) // 2 - 2
  for i in range(1, top + 1):
    w = views[2 * i]
    if i == top:
      w = w * views[-2].view([-1, 1])
    weights.append(__torch__.backward.reduced(w, mixed))
  return weights

def add_value_gradient(d: Tensor, hidden: List[Tensor], weights: List[Tensor], gradient: List[Tensor],
                       space: List[Tensor], mixed: bool) -> Tensor:
  # For the outputs' gradient d [n]: adds the parameters' gradient, but for the first layer's, and returns the gradient
  # before the first layer's ReLU, [n, H], in the space given.
  #
  # The last hidden layer's gradient is the outer product of d and the output weights, under the ReLU's mask. Here it is
  # only d under the mask: the output weights are a factor of each column, and are in the product weights, and applied to
  # the sums over rows by finish_value_gradient.
  top = len(hidden) - 1
  gradient[-1].add_(d.sum())
  rows = d.size(0)
  z = space[top][:rows]
  torch.threshold_backward(__torch__.backward.reduced(d, mixed).unsqueeze(1),
                           __torch__.backward.reduced(hidden[top], mixed), 0, grad_input=z)
  for i in range(top, 0, -1):
    below = __torch__.backward.reduced(hidden[i - 1], mixed)
    __torch__.linear.add_outer(gradient[2 * i], z, below)
    gradient[2 * i + 1].add_(z.sum([0]))
    z = __torch__.linear.product_into(space[i - 1][:rows], z, weights[i - 1])
    torch.threshold_backward(z, below, 0, grad_input=z)
  return z

def finish_value_gradient(views: List[Tensor], gradient: List[Tensor]) -> NoneType:
  # From the sums over rows of d h'(z) x to the gradients of the last hidden layer's and the output's weights: the
  # output weights' is the sum over rows of d h = d h'(z) (W x + b).
  weights = gradient[-4]
  biases = gradient[-3]
  gradient[-2].view([-1]).copy_((weights * views[-4]).sum(1) + biases * views[-3])
  output = views[-2].view([-1])
  weights.mul_(output.unsqueeze(1))
  biases.mul_(output)
  return None

def reduced(x: Tensor, mixed: bool) -> Tensor:
  if mixed:
    return x.to(15)
  return x

def input_gradient(d: Tensor, hidden: List[Tensor], views: List[Tensor]) -> Tensor:
  # Gradient of sum(d value) in the critic's input, [n] -> [n, inputs].
  z = d.unsqueeze(1) * views[-2]
  for i in range(len(hidden) - 1, -1, -1):
    z = __torch__.linear.product(torch.threshold_backward(z, hidden[i], 0), views[2 * i])
  return z

def parameter_gradient(d: Tensor, x: Tensor, hidden: List[Tensor], views: List[Tensor]) -> Tensor:
  # Flat gradient of sum(d head) in the parameters, for the outputs' gradient d [n, outputs].
  inputs = [x]
  inputs += hidden
  parts : List[Tensor] = []
  for i in range(len(hidden), -1, -1):
    parts.append(d.sum([0]))
    parts.append(torch.mm(d.t(), inputs[i]).view([-1]))
    if i > 0:
      d = torch.threshold_backward(__torch__.linear.product(d, views[2 * i]), inputs[i], 0)
  parts.reverse()
  return torch.cat(parts)
