"""Returns that CORL's CQL comes to from logged Pendulum episodes, one JSON line a seed and evaluation.

Runs the classes of a checkout of github.com/corl-team/CORL (given by --corl; measured at eeeeef2) with networks of
64x64, all learning rates 3e-4, a conservative weight of 5, neither observations nor rewards normalised; everything else is CORL's
default. The benchmark suites that the file imports are not needed for that and are left out.
"""

import argparse
import importlib.util
import json
import pathlib
import sys
import types

import numpy as np
import torch
from pendulum_returns import mean_return, read_log

HIDDEN = 64


def load(checkout):
    for name in ("d4rl", "gym", "pyrallis", "wandb"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["gym"].Env = object
    sys.modules["pyrallis"].wrap = lambda: lambda function: function
    file = pathlib.Path(checkout) / "algorithms" / "offline" / "cql.py"
    spec = importlib.util.spec_from_file_location("corl_cql", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["corl_cql"] = module
    spec.loader.exec_module(module)
    return module


def network(corl, inputs, outputs, orthogonal):
    layers = [torch.nn.Linear(inputs, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU()]
    result = torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN, outputs))
    corl.init_module_weights(result, orthogonal)
    return result


def create(corl):
    defaults = corl.TrainConfig
    critics = [corl.FullyConnectedQFunction(3, 1, defaults.orthogonal_init) for _ in range(2)]
    for critic in critics:
        critic.network = network(corl, 4, 1, defaults.orthogonal_init)
    actor = corl.TanhGaussianPolicy(3, 1, 1.0, orthogonal_init=defaults.orthogonal_init)
    actor.base_network = network(corl, 3, 2, False)  # as TanhGaussianPolicy does, whatever it is told
    optimizers = [torch.optim.Adam(each.parameters(), 3e-4) for each in [*critics, actor]]
    return corl.ContinuousCQL(
        critics[0],
        optimizers[0],
        critics[1],
        optimizers[1],
        actor,
        optimizers[2],
        target_entropy=-1.0,
        policy_lr=3e-4,
        qf_lr=3e-4,
        bc_steps=0,
        cql_alpha=5.0,
    )


def batch(log, random):
    rows = random.integers(0, len(log["reward"]), 256)
    columns = [log["obs"], log["action"], log["reward"][:, None], log["next_obs"], log["terminated"][:, None]]
    return [torch.from_numpy(column[rows].astype(np.float32)) for column in columns]


def train(corl, log, seed, evaluations):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    algorithm = create(corl)
    update = 0
    for end in evaluations:
        while update < end:
            algorithm.train(batch(log, random))
            update += 1
        algorithm.actor.eval()
        yield update, mean_return(lambda observation: algorithm.actor.act(observation)[None])
        algorithm.actor.train()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log", help="an .npz of logged episodes")
    parser.add_argument("--corl", required=True, help="a checkout of CORL")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--updates", type=int, nargs="+", default=[6000], help="when to evaluate; the last one ends it")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    corl = load(args.corl)
    log = read_log(args.log)
    for seed in args.seeds:
        for update, value in train(corl, log, seed, args.updates):
            line = {"peer": "CORL", "log": args.log, "seed": seed, "updates": update, "meanReturn": value}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
