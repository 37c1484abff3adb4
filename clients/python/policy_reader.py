"""Reads the newest snapshot of a policy, verifies it and acts with it."""

import hashlib
import math
import pathlib
import sys

import numpy as np
import onnxruntime
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "generated"))

from connection import properties, require_topic  # noqa: E402
from millrace.v1.policy_pb2 import (  # noqa: E402
    MODEL_FORMAT_ONNX_CATEGORICAL,
    MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN,
    PolicySnapshot,
)


class Refused(ValueError):
    """The snapshot is not what its header says, or not what this reader can use."""


def newest_snapshot(arguments, policy_id):
    """The snapshot of the highest revision on <stream>.policies, read to its present end."""
    topic = f"{arguments.stream}.policies"
    consumer = Consumer(
        properties(
            arguments,
            {
                # librdkafka wants a group; nothing is committed to it.
                "group.id": "millrace-policy-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # Policies are published in transactions.
                "isolation.level": "read_committed",
                "fetch.message.max.bytes": 64 << 20,
            },
        )
    )
    try:
        unread = set(require_topic(consumer, topic))
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in unread])
        newest = None
        while unread:
            message = consumer.poll(15)
            if message is None:
                raise KafkaException(
                    KafkaError(KafkaError._TIMED_OUT, f"no answer while reading {topic}")
                )
            if message.error() is not None:
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                unread.discard(message.partition())
            elif message.value() and message.key() == policy_id.encode():
                snapshot = PolicySnapshot.FromString(message.value())
                if newest is None or snapshot.header.revision > newest.header.revision:
                    newest = snapshot
    finally:
        consumer.close()
    if newest is None:
        raise Refused(f"there is no snapshot of policy '{policy_id}' on {topic}")
    return newest


class Policy:
    """A verified snapshot. Observations are [n, observation size], in environment units."""

    def __init__(self, snapshot):
        header = snapshot.header
        self.discrete_actions = header.specification.discrete_actions
        known = (
            MODEL_FORMAT_ONNX_CATEGORICAL
            if self.discrete_actions
            else MODEL_FORMAT_ONNX_SQUASHED_GAUSSIAN
        )
        if header.model_format != known:
            raise Refused(f"model format {header.model_format} is not known for such actions")
        if len(snapshot.model) != header.model_size_bytes:
            raise Refused(
                f"the model has {len(snapshot.model)} bytes, its header says "
                f"{header.model_size_bytes}"
            )
        sha256 = hashlib.sha256(snapshot.model)
        if sha256.digest() != header.model_sha256:
            raise Refused(
                f"the model's SHA-256 is {sha256.hexdigest()}, its header says "
                f"{header.model_sha256.hex()}"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            snapshot.model, options, providers=["CPUExecutionProvider"]
        )
        self.header = header
        self._low = np.array(header.specification.action_low, np.float64)
        self._high = np.array(header.specification.action_high, np.float64)

    def act(self, observations):
        """The actions without noise, [n, action size]; of discrete ones the index, [n, 1]."""
        return self._run(["action"], observations)[0]

    def act_stochastic(self, observations, generator):
        """Drawn actions, [n, action size], and their log density in environment units, [n].

        Of discrete actions the index, [n, 1], and the log probability, [n].
        """
        if self.discrete_actions:
            return self._draw(observations, generator)
        mean, log_std = self._run(["mean", "log_std"], observations)
        mean, log_std = mean.astype(np.float64), log_std.astype(np.float64)
        noise = generator.standard_normal(mean.shape)
        u = mean + np.exp(log_std) * noise
        scale = (self._high - self._low) / 2
        actions = (self._high + self._low) / 2 + scale * np.tanh(u)
        # log(1 - tanh(u)^2), which does not cancel for large |u|
        log_slope = 2 * (math.log(2) - u - np.logaddexp(0, -2 * u)) + np.log(scale)
        log_density = -0.5 * noise**2 - log_std - 0.5 * math.log(2 * math.pi) - log_slope
        return actions.astype(np.float32).clip(self._low, self._high), log_density.sum(axis=1)

    def _draw(self, observations, generator):
        probability = self._run(["probability"], observations)[0].astype(np.float64)
        probability /= probability.sum(axis=1, keepdims=True)
        # A uniform number is below the running sum for the first time at the action that it draws.
        below = generator.random((len(probability), 1)) < probability.cumsum(axis=1)
        actions = np.where(below.any(axis=1), below.argmax(axis=1), probability.argmax(axis=1))
        log_probability = np.log(probability[np.arange(len(actions)), actions])
        return actions.astype(np.float32)[:, np.newaxis], log_probability

    def _run(self, outputs, observations):
        observations = np.ascontiguousarray(observations, np.float32)
        size = self.header.specification.observation_size
        if observations.ndim != 2 or observations.shape[1] != size:
            raise ValueError(f"observations of shape {observations.shape}: expected [n, {size}]")
        return self._session.run(outputs, {"observation": observations})
