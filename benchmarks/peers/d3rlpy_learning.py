"""Returns that d3rlpy's CQL comes to from logged Pendulum episodes, one JSON line a seed and evaluation.

Networks of 64x64, all learning rates 3e-4, a fixed conservative weight of 5, actions scaled to [-1, 1]; everything else is
d3rlpy's default. d3rlpy leaves out the last row of an episode that was truncated, for it takes next observations from
the row that follows.
"""

import argparse
import json

import d3rlpy
import torch
from d3rlpy.models.encoders import VectorEncoderFactory
from pendulum_returns import mean_return, read_log


def train(dataset, seed, evaluations, threads):
    torch.set_num_threads(threads)
    d3rlpy.seed(seed)
    algorithm = d3rlpy.algos.CQLConfig(
        batch_size=256,
        actor_learning_rate=3e-4,
        critic_learning_rate=3e-4,
        temp_learning_rate=3e-4,
        alpha_learning_rate=0.0,  # a fixed conservative weight: no Lagrange
        conservative_weight=5.0,
        actor_encoder_factory=VectorEncoderFactory([64, 64]),
        critic_encoder_factory=VectorEncoderFactory([64, 64]),
    ).create(device=False)
    algorithm.build_with_dataset(dataset)
    update = 0
    for end in evaluations:
        while update < end:
            algorithm.update(dataset.sample_transition_batch(256))
            update += 1
        yield update, mean_return(algorithm.predict)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log", help="an .npz of logged episodes")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--updates", type=int, nargs="+", default=[6000], help="when to evaluate; the last one ends it")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    log = read_log(args.log)
    dataset = d3rlpy.dataset.MDPDataset(
        observations=log["obs"],
        actions=log["action"],
        rewards=log["reward"],
        terminals=log["terminated"].astype(bool),
        timeouts=log["truncated"].astype(bool),
    )
    for seed in args.seeds:
        for update, value in train(dataset, seed, args.updates, args.threads):
            line = {"peer": "d3rlpy " + d3rlpy.__version__, "log": args.log, "seed": seed, "updates": update}
            print(json.dumps({**line, "meanReturn": value}), flush=True)


if __name__ == "__main__":
    main()
