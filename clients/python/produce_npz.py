#!/usr/bin/env python3
"""Logs the episodes of a .npz file to <stream>.transitions, each row exactly once."""

import argparse
import json
import random
import struct
import sys
import time

from confluent_kafka import KafkaException, Producer

from connection import add_connection_arguments, properties, require_topic
from logged_episodes import LoggedEpisodes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help=".npz of logged episodes")
    parser.add_argument("--policy-id", default="recorded", help="policy that the rows are said to be of")
    add_connection_arguments(parser)
    arguments = parser.parse_args()

    episodes = LoggedEpisodes(arguments.file)
    topic = f"{arguments.stream}.transitions"
    producer = Producer(
        properties(
            arguments,
            {
                # A retried batch is written once.
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 5,
                # As Java's clients: an episode is in one partition, whoever logs it.
                "partitioner": "murmur2_random",
                "message.timeout.ms": 60_000,
            },
        )
    )
    require_topic(producer, topic)

    failures = []
    acknowledged = 0

    def delivered(error, _message):
        nonlocal acknowledged
        if error is None:
            acknowledged += 1
        else:
            failures.append(error)

    # A random number keeps files that count their episodes from 0 apart in one stream.
    first_episode_id = random.getrandbits(64)
    start = time.monotonic()
    for row in range(len(episodes)):
        transition = episodes.transition(
            row, arguments.policy_id, first_episode_id, time.time_ns() // 1000
        )
        key = struct.pack(">Q", transition.episode_id)
        value = transition.SerializeToString()
        while True:
            try:
                producer.produce(topic, key=key, value=value, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
        if failures:
            break
    producer.flush()
    if failures:
        raise KafkaException(failures[0])
    seconds = time.monotonic() - start
    print(json.dumps({"topic": topic, "rows": acknowledged, "seconds": round(seconds, 3)}))
    return 0 if acknowledged == len(episodes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KafkaException, OSError, ValueError) as e:
        sys.exit(f"{sys.argv[0]}: {e}")
