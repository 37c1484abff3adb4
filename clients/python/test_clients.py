"""python -m unittest: what does not need a broker."""

import hashlib
import math
import pathlib
import sys
import tempfile
import unittest

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "generated"))

from logged_episodes import LoggedEpisodes  # noqa: E402
from millrace.v1 import dead_letter_pb2, policy_pb2, store_pb2, transition_pb2  # noqa: E402
from policy_reader import Policy, Refused  # noqa: E402

GOLDEN = HERE / "../../schemas/src/test/resources/golden"
RECORDED = HERE / "../../datasets/src/main/resources/io/millrace/datasets/pendulum_replay.npz"


class GoldenBytes(unittest.TestCase):
    def test_reads_and_writes_the_same_bytes(self):
        for name, message in {
            "transition": transition_pb2.Transition,
            "transition-least": transition_pb2.Transition,
            "policy-snapshot": policy_pb2.PolicySnapshot,
            "policy-snapshot-discrete": policy_pb2.PolicySnapshot,
            "dead-letter": dead_letter_pb2.DeadLetter,
            "store-manifest": store_pb2.StoreManifest,
        }.items():
            with self.subTest(name):
                golden = (GOLDEN / f"{name}.bin").read_bytes()
                read = message.FromString(golden)
                self.assertEqual(golden, read.SerializeToString(deterministic=True))


class Episodes(unittest.TestCase):
    def test_makes_transitions(self):
        episodes = LoggedEpisodes(RECORDED)
        self.assertEqual(18_000, len(episodes))
        with np.load(RECORDED) as arrays:
            transition = episodes.transition(17_999, "recorded", 2**64 - 1, 42)
            self.assertEqual(88, transition.episode_id)
            self.assertEqual(199, transition.step)
            self.assertEqual(arrays["obs"][-1].tolist(), list(transition.observation))
            self.assertEqual(arrays["action"][-1].tolist(), list(transition.action))
            self.assertEqual(arrays["next_obs"][-1].tolist(), list(transition.next_observation))
            self.assertEqual(arrays["reward"][-1], transition.reward)
            self.assertEqual(
                arrays["behavior_logprob"][-1], transition.behaviour_log_probability
            )
            self.assertFalse(transition.terminated)
            self.assertTrue(transition.truncated)


    def test_makes_transitions_of_discrete_actions(self):
        columns = {
            "obs": np.zeros((2, 4), np.float32),
            "next_obs": np.ones((2, 4), np.float32),
            "reward": np.ones(2, np.float32),
            "terminated": np.array([False, True]),
            "truncated": np.zeros(2, bool),
            "episode_id": np.zeros(2, np.int64),
            "step": np.arange(2),
            "discrete_actions": np.array([3]),
        }
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "episodes.npz")
            np.savez(path, action=np.array([2, 0]), **columns)
            transition = LoggedEpisodes(path).transition(0, "recorded", 0, 42)
            self.assertEqual([2.0], list(transition.action))
            for wrong in ([0, 3], [-1, 0], [0.5, 1.0]):
                np.savez(path, action=np.array(wrong), **columns)
                with self.assertRaisesRegex(ValueError, "integers from 0 to 2"):
                    LoggedEpisodes(path)


class Verification(unittest.TestCase):
    def test_refuses_a_model_that_was_changed(self):
        golden = (GOLDEN / "policy-snapshot.bin").read_bytes()
        snapshot = policy_pb2.PolicySnapshot.FromString(golden)
        with self.assertRaisesRegex(Refused, "SHA-256"):
            Policy(snapshot)
        snapshot.header.model_sha256 = hashlib.sha256(snapshot.model).digest()
        snapshot.header.model_size_bytes = 5
        with self.assertRaisesRegex(Refused, "4 bytes"):
            Policy(snapshot)

    def test_refuses_the_format_of_other_actions(self):
        golden = (GOLDEN / "policy-snapshot-discrete.bin").read_bytes()
        snapshot = policy_pb2.PolicySnapshot.FromString(golden)
        with self.assertRaisesRegex(Refused, "SHA-256"):
            Policy(snapshot)
        snapshot.header.model_format = policy_pb2.MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN
        with self.assertRaisesRegex(Refused, "model format 1"):
            Policy(snapshot)


class Fixed:
    """Stands in for a session: the same Gaussian for every row."""

    def run(self, outputs, inputs):
        rows = len(inputs["observation"])
        values = {
            "mean": [[0.4, -1.0]],
            "log_std": [[-0.3, 0.2]],
            "probability": [[0.1, 0.0, 0.7, 0.2]],
        }
        return [np.repeat(np.array(values[name], np.float32), rows, axis=0) for name in outputs]


class Density(unittest.TestCase):
    def test_is_that_of_the_drawn_actions(self):
        policy = object.__new__(Policy)
        policy._session = Fixed()
        policy.discrete_actions = 0
        policy._low, policy._high = np.array([-1.0, 0.0]), np.array([4.0, 10.0])
        policy.header = policy_pb2.PolicySnapshotHeader()
        policy.header.specification.observation_size = 1
        generator = np.random.default_rng(3)
        actions, log_density = policy.act_stochastic(np.zeros((400_000, 1)), generator)
        # E[1 / p(a)] over actions in a rectangle is its area, if a ~ p.
        inside = ((actions > [0, 1]) & (actions < [3.5, 6])).all(axis=1)
        area = np.exp(-log_density[inside]).sum() / len(actions)
        self.assertTrue(math.isclose(3.5 * 5, area, rel_tol=0.01), area)


class Probability(unittest.TestCase):
    def test_is_that_of_the_drawn_actions(self):
        policy = object.__new__(Policy)
        policy._session = Fixed()
        policy.discrete_actions = 4
        policy.header = policy_pb2.PolicySnapshotHeader()
        policy.header.specification.observation_size = 1
        generator = np.random.default_rng(3)
        actions, log_probability = policy.act_stochastic(np.zeros((100_000, 1)), generator)
        self.assertEqual((100_000, 1), actions.shape)
        for index, probability in enumerate([0.1, 0.0, 0.7, 0.2]):
            drawn = actions[:, 0] == index
            self.assertAlmostEqual(probability, drawn.mean(), delta=0.01)
            self.assertTrue(np.allclose(np.exp(log_probability[drawn]), probability))


if __name__ == "__main__":
    unittest.main()
