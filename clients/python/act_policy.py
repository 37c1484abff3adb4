#!/usr/bin/env python3
"""Acts with the newest snapshot of a policy on the observations of a .npz of logged episodes.

Prints JSON as `millrace act --observations FILE --json` does, and compares with what that printed.
"""

import argparse
import json
import sys

import numpy as np
from confluent_kafka import KafkaException

from connection import add_connection_arguments
from logged_episodes import LoggedEpisodes
from policy_reader import Policy, newest_snapshot

TOLERANCE = 1e-5


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help=".npz of logged episodes")
    parser.add_argument("--policy-id", default="main", help="key of the snapshot (default: main)")
    parser.add_argument("--rows", type=int, default=1000, help="how many observations (default: 1000)")
    parser.add_argument("--compare", metavar="JSON", help="what the Java client printed")
    parser.add_argument(
        "--stochastic", action="store_true", help="draw actions, and print their log density"
    )
    parser.add_argument("--seed", type=int, help="of the drawn actions (default: another each time)")
    add_connection_arguments(parser)
    arguments = parser.parse_args()

    policy = Policy(newest_snapshot(arguments, arguments.policy_id))
    observations = LoggedEpisodes(arguments.file).observations[: arguments.rows]
    result = {"policyId": policy.header.policy_id, "revision": policy.header.revision}
    if arguments.stochastic:
        generator = np.random.default_rng(arguments.seed)
        actions, log_probabilities = policy.act_stochastic(observations, generator)
        result["logProbabilities"] = log_probabilities.tolist()
    else:
        actions = policy.act(observations)
    result["actions"] = actions.tolist()
    if arguments.compare is None:
        print(json.dumps(result))
        return 0

    with open(arguments.compare, encoding="utf-8") as file:
        other = json.load(file)
    if other["revision"] != result["revision"]:
        raise ValueError(f"revision {other['revision']} there, {result['revision']} here")
    theirs = np.array(other["actions"], np.float32)
    if theirs.shape != actions.shape:
        raise ValueError(f"actions of shape {theirs.shape} there, {actions.shape} here")
    difference = float(np.abs(theirs - actions).max())
    print(
        json.dumps(
            {
                "policyId": result["policyId"],
                "revision": result["revision"],
                "rows": len(actions),
                "maxDifference": difference,
            }
        )
    )
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KafkaException, OSError, ValueError) as e:
        sys.exit(f"{sys.argv[0]}: {e}")
