"""What the peers' learning scripts share: a log as arrays, and the return of a policy without noise.

Twenty episodes of Gymnasium's Pendulum-v1 begin as with seeds 1000 to 1019; actions are in [-1, 1] and scaled here.
"""

import gymnasium
import numpy as np

EPISODES = 20
FIRST_SEED = 1000


def read_log(path):
    """Columns of an .npz of logged episodes, with actions in [-1, 1]."""
    with np.load(path) as file:
        log = {name: file[name] for name in ("obs", "reward", "next_obs", "terminated", "truncated")}
        log["action"] = np.clip(file["action"] / file["action_high"], -1, 1).astype(np.float32)
    return log


def mean_return(act):
    """Mean over the episodes; `act` maps observations [1, 3] to actions [1, 1]."""
    environment = gymnasium.make("Pendulum-v1")
    torque = environment.action_space.high[0]
    total = 0.0
    for seed in range(FIRST_SEED, FIRST_SEED + EPISODES):
        observation, _ = environment.reset(seed=seed)
        last = False
        while not last:
            action = act(observation[None].astype(np.float32))[0]
            observation, reward, terminated, truncated, _ = environment.step(torque * action)
            total += float(reward)
            last = terminated or truncated
    return total / EPISODES
