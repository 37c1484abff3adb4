"""d3rlpy's CQL as a peer: for each number read from a line, runs that many updates and answers with the seconds taken.

Batches are made beforehand; an update is what `CQL.update` does once a batch has become tensors.
"""

import argparse
import json
import sys
import time

import d3rlpy
import numpy as np
import torch
from d3rlpy.models.encoders import VectorEncoderFactory
from d3rlpy.torch_utility import TorchMiniBatch


def mini_batch(random, rows, observation, action):
    def tensor(array):
        return torch.tensor(array, dtype=torch.float32)

    return TorchMiniBatch(
        observations=tensor(random.normal(size=(rows, observation))),
        actions=tensor(random.uniform(-0.95, 0.95, size=(rows, action))),
        rewards=tensor(random.normal(size=(rows, 1))),
        next_observations=tensor(random.normal(size=(rows, observation))),
        next_actions=tensor(np.zeros((rows, action))),
        returns_to_go=tensor(np.zeros((rows, 1))),
        terminals=tensor(np.zeros((rows, 1))),
        intervals=tensor(np.ones((rows, 1))),
        device="cpu:0",
    )


def main():
    parser = argparse.ArgumentParser()
    for name in ("observation", "action", "batch", "samples", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--hidden", type=int, nargs="+", required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    algorithm = d3rlpy.algos.CQLConfig(
        batch_size=args.batch,
        n_action_samples=args.samples,
        actor_encoder_factory=VectorEncoderFactory(args.hidden),
        critic_encoder_factory=VectorEncoderFactory(args.hidden),
        alpha_learning_rate=0.0,  # a fixed conservative weight: no Lagrange
        conservative_weight=5.0,
    ).create(device=False)
    algorithm.create_impl((args.observation,), args.action)
    random = np.random.default_rng(1)
    batches = [mini_batch(random, args.batch, args.observation, args.action) for _ in range(16)]
    done = 0
    print(json.dumps({"version": d3rlpy.__version__, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            done += 1
            algorithm.impl.update(batches[done % len(batches)], done)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
