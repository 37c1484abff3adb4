"""Writes the fixture that CartPoleTest holds the plant against: episodes of Gymnasium's own CartPole-v1.

    pip install gymnasium==1.4.0
    python benchmarks/peers/cartpole_fixture.py plants/src/test/resources/io/millrace/plants/cartpole.npz

One row a step: the state before it in double precision, and what the environment returned. An episode of random pushes for
each of some seeds, one of them beyond 32 bits, and one to the time limit.
"""

import sys

import gymnasium
import numpy as np

SEEDS = (0, 1, 1000, 1019, 2**32 + 5)


def episode(env, number, seed, choose):
    env.reset(seed=seed)
    last, step = False, 0
    while not last:
        state = env.unwrapped.state
        action = choose(state)
        observation, reward, terminated, truncated, _ = env.step(action)
        yield {
            "episode_id": number,
            "step": step,
            "seed": seed,
            "state": state,
            "action": action,
            "next_obs": observation,
            "reward": reward,
            "terminated": terminated,
            "truncated": truncated,
        }
        last, step = terminated or truncated, step + 1


def main():
    env = gymnasium.make("CartPole-v1")
    random = np.random.default_rng(7)
    rows = []
    for number, seed in enumerate(SEEDS):
        rows += episode(env, number, seed, lambda state: int(random.integers(2)))
    rows += episode(env, len(SEEDS), 7, lambda state: int(state[2] + 0.2 * state[3] > 0))
    np.savez_compressed(sys.argv[1], **{name: np.array([row[name] for row in rows]) for name in rows[0]})
    print(f"gymnasium {gymnasium.__version__}: {len(rows)} steps")


if __name__ == "__main__":
    main()
