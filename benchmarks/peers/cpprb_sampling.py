"""cpprb's buffers as a peer: for each line `uniform N` or `prioritised N`, draws N batches and answers with the seconds taken.

A prioritised batch is drawn with its weights, and its priorities are set afterwards, as in an update.
"""

import argparse
import json
import sys
import time

import cpprb
import numpy as np


def fill(buffer, rows, observation, action):
    random = np.random.default_rng(1)
    done = 0
    while done < rows:
        count = min(100_000, rows - done)
        buffer.add(
            obs=random.normal(size=(count, observation)).astype(np.float32),
            act=random.uniform(-1, 1, size=(count, action)).astype(np.float32),
            rew=random.normal(size=(count, 1)).astype(np.float32),
            next_obs=random.normal(size=(count, observation)).astype(np.float32),
            done=np.zeros((count, 1), dtype=np.float32),
        )
        done += count


def main():
    parser = argparse.ArgumentParser()
    for name in ("rows", "observation", "action", "batch"):
        parser.add_argument(f"--{name}", type=int, required=True)
    args = parser.parse_args()
    columns = {
        "obs": {"shape": args.observation, "dtype": np.float32},
        "act": {"shape": args.action, "dtype": np.float32},
        "rew": {"dtype": np.float32},
        "next_obs": {"shape": args.observation, "dtype": np.float32},
        "done": {"dtype": np.float32},
    }
    uniform = cpprb.ReplayBuffer(args.rows, columns)
    prioritised = cpprb.PrioritizedReplayBuffer(args.rows, columns, alpha=0.6)
    fill(uniform, args.rows, args.observation, args.action)
    fill(prioritised, args.rows, args.observation, args.action)
    errors = np.random.default_rng(2).exponential(size=(64, args.batch))
    print(json.dumps({"numpy": np.__version__}), flush=True)
    for line in sys.stdin:
        name, batches = line.split()
        start = time.perf_counter()
        for i in range(int(batches)):
            if name == "uniform":
                uniform.sample(args.batch)
            else:
                drawn = prioritised.sample(args.batch, beta=0.4)
                prioritised.update_priorities(drawn["indexes"], errors[i % 64])
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
