# Matrix products by oneDNN, for CPUs. They have no gradients of their own, and take float and bfloat16 only.

def linear(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
  # x W^T + b: [n, I], [O, I], [O] -> [n, O].
  return ops.mkldnn._linear_pointwise(x, weights, biases, "none", annotate(List[Optional[number]], []), "")

def linear_relu(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
  return ops.mkldnn._linear_pointwise(x, weights, biases, "relu", annotate(List[Optional[number]], []), "")

def linear_relu_into(space: Tensor, x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
  # The same; oneDNN takes memory of its own.
  return __torch__.linear.linear_relu(x, weights, biases)

def product(x: Tensor, w: Tensor) -> Tensor:
  # x w: [n, K], [K, m] -> [n, m].
  if x.dtype == 15:
    return torch.mm(x, w)
  return ops.mkldnn._linear_pointwise(x, w.t(), None, "none", annotate(List[Optional[number]], []), "")

def product_into(space: Tensor, x: Tensor, w: Tensor) -> Tensor:
  # The same; oneDNN takes memory of its own.
  return __torch__.linear.product(x, w)

def add_outer(sum: Tensor, z: Tensor, x: Tensor) -> NoneType:
  # sum += z^T x: [n, O], [n, I] -> [O, I].
  if x.dtype == 15:
    sum.add_(torch.mm(z.t(), x))
  else:
    sum.addmm_(z.t(), x)
  return None
