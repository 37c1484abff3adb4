# Matrix products by PyTorch's own operators, wherever it runs.

def linear(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
  # x W^T + b: [n, I], [O, I], [O] -> [n, O].
  return torch.linear(x, weights, biases)

def linear_relu(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
  return torch.linear(x, weights, biases).relu_()

def linear_relu_into(space: Tensor, x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
  # The same, in the space given [n, O].
  torch.addmm(biases, x, weights.t(), out=space)
  return space.relu_()

def product(x: Tensor, w: Tensor) -> Tensor:
  # x w: [n, K], [K, m] -> [n, m].
  return torch.mm(x, w)

def product_into(space: Tensor, x: Tensor, w: Tensor) -> Tensor:
  # The same, in the space given [n, m].
  torch.mm(x, w, out=space)
  return space

def add_outer(sum: Tensor, z: Tensor, x: Tensor) -> NoneType:
  # sum += z^T x: [n, O], [n, I] -> [O, I].
  if x.dtype == 15:
    sum.add_(torch.mm(z.t(), x))
  else:
    sum.addmm_(z.t(), x)
  return None
