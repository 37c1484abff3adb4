# Figures that say why training goes wrong.

def error_names() -> List[str]:
  return ["td_error_p50", "td_error_p90", "td_error_p99", "td_error_max"]

def error_quantiles(error: Tensor) -> List[Tensor]:
  # Of the absolute TD error over rows and critics: [J, B] -> the median, the 90th and 99th percentile, the largest.
  sizes = error.abs().view([-1]).sort()[0]
  last = sizes.size(0) - 1
  return [sizes[last // 2], sizes[last * 9 // 10], sizes[last * 99 // 100], sizes[last]]

def layer_names(network: str, sizes: List[int]) -> List[str]:
  names : List[str] = []
  for i in range(len(sizes) - 2):
    names.append(network + "_dormant_" + str(i + 1))
  return names

def dormant_shares(flat: Tensor, count: int, sizes: List[int], norm: bool, x: Tensor) -> List[Tensor]:
  # For each hidden layer of `count` networks the share of units that are dormant (Sokar et al. 2023, arXiv 2302.12902):
  # their mean activation over the rows [n, inputs] is at most 0.025 of the layer's.
  shares : List[Tensor] = []
  for k, network in enumerate(flat.view([count, -1]).unbind()):
    hidden, output = __torch__.network.features(network, sizes, norm, x)
    for i in range(len(hidden)):
      activity = hidden[i].mean([0])
      share = (activity <= 0.025 * activity.mean()).to(x.dtype).mean() / count
      if k == 0:
        shares.append(share)
      else:
        shares[i] = shares[i] + share
  return shares
