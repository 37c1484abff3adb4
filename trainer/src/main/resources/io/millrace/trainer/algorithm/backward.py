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

def value_of(x: Tensor, views: List[Tensor]) -> Tensor:
  return __torch__.backward.value(__torch__.backward.activations(x, views), views)

def add_value_gradient(d: Tensor, x: Tensor, hidden: List[Tensor], views: List[Tensor], gradient: List[Tensor],
                       mixed: bool) -> NoneType:
  # Adds the parameters' gradient for the outputs' gradient d [n]; but for the last two layers, whose share is complete
  # only after finish_value_gradient.
  #
  # The last hidden layer's gradient is the outer product of d and the output weights, under the ReLU's mask. Here it is
  # only d under the mask: the output weights are a factor of each column, and are applied to the sums over rows.
  top = len(hidden) - 1
  inputs = [x]
  inputs += hidden[:-1]
  if mixed:
    d = d.to(15)
  z = torch.threshold_backward(d.unsqueeze(1), __torch__.backward.reduced(hidden[top], mixed), 0)
  for i in range(top, -1, -1):
    below = __torch__.backward.reduced(inputs[i], mixed)
    __torch__.linear.add_outer(gradient[2 * i], z, below)
    gradient[2 * i + 1].add_(z.sum([0]))
    if i > 0:
      weights = views[2 * i]
      if i == top:
        weights = weights * views[-2].view([-1, 1])
      z = torch.threshold_backward(__torch__.linear.product(z, __torch__.backward.reduced(weights, mixed)), below, 0)
  gradient[-1].add_(d.sum())
  return None

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
