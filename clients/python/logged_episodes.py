"""Rows of a .npz of logged episodes as Transition messages."""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "generated"))

from millrace.v1.transition_pb2 import Transition  # noqa: E402


class LoggedEpisodes:
    """The columns of a file; the arrays are those of io.millrace.datasets.LoggedEpisodes."""

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as arrays:
            self._observations = self._floats(path, arrays, "obs", 2)
            rows = len(self._observations)
            if "discrete_actions" in arrays:
                self._actions = self._indices(path, arrays, rows)
            else:
                self._actions = self._floats(path, arrays, "action", 2, rows)
            self._rewards = self._floats(path, arrays, "reward", 1, rows)
            self._next_observations = self._floats(path, arrays, "next_obs", 2, rows)
            self._terminated = self._array(path, arrays, "terminated", 1, rows).astype(bool)
            self._truncated = self._array(path, arrays, "truncated", 1, rows).astype(bool)
            self._episode_ids = self._array(path, arrays, "episode_id", 1, rows).astype(np.int64)
            self._steps = self._array(path, arrays, "step", 1, rows)
            self._log_probabilities = (
                self._floats(path, arrays, "behavior_logprob", 1, rows)
                if "behavior_logprob" in arrays
                else np.full(rows, np.nan, np.float32)
            )

    @staticmethod
    def _array(path, arrays, name, dimensions, rows=None):
        if name not in arrays:
            raise ValueError(f"{path}: array '{name}' is missing; there are {sorted(arrays)}")
        array = arrays[name]
        if array.ndim != dimensions or (rows is not None and len(array) != rows):
            raise ValueError(
                f"{path}: array '{name}' has the shape {array.shape}: expected {dimensions} "
                f"dimensions" + ("" if rows is None else f" and {rows} rows")
            )
        return array

    @classmethod
    def _indices(cls, path, arrays, rows):
        """Discrete actions, [rows] in the file, as rows of one number: the index of each, from 0."""
        count = cls._array(path, arrays, "discrete_actions", 1, 1)[0]
        actions = cls._array(path, arrays, "action", 1, rows)
        if actions.dtype.kind not in "iu" or actions.min() < 0 or actions.max() >= count:
            raise ValueError(f"{path}: array 'action': expected integers from 0 to {count - 1}")
        return actions.astype(np.float32)[:, np.newaxis]

    @classmethod
    def _floats(cls, path, arrays, name, dimensions, rows=None):
        return cls._array(path, arrays, name, dimensions, rows).astype(np.float32)

    def __len__(self):
        return len(self._rewards)

    @property
    def observations(self):
        """[rows, observation size], float32."""
        return self._observations

    def transition(self, row, policy_id, first_episode_id, event_time_micros):
        """A row as a message; episode ids are those of the file plus a first one, modulo 2^64."""
        transition = Transition(
            policy_id=policy_id,
            episode_id=(first_episode_id + int(self._episode_ids[row])) % 2**64,
            step=int(self._steps[row]),
            event_time_micros=event_time_micros,
            observation=self._observations[row],
            action=self._actions[row],
            reward=self._rewards[row],
            next_observation=self._next_observations[row],
            terminated=bool(self._terminated[row]),
            truncated=bool(self._truncated[row]),
        )
        if not np.isnan(self._log_probabilities[row]):
            transition.behaviour_log_probability = self._log_probabilities[row]
        return transition
