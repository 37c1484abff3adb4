"""How the scripts reach Kafka."""

from confluent_kafka import KafkaException


def add_connection_arguments(parser):
    parser.add_argument("--stream", default="pendulum", help="name of the stream (default: pendulum)")
    parser.add_argument("--bootstrap-servers", default="127.0.0.1:9092")
    parser.add_argument(
        "--property",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the Kafka client, such as security.protocol=SASL_SSL",
    )


def properties(arguments, own):
    """The properties of a client; those of the command line come before our own."""
    merged = {**own, "bootstrap.servers": arguments.bootstrap_servers}
    for text in arguments.property:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--property {text}: expected NAME=VALUE")
        merged[name] = value
    return merged


def require_topic(client, topic):
    """The partitions of a topic, or an error that says it is not there."""
    metadata = client.list_topics(topic, timeout=15).topics[topic]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    return sorted(metadata.partitions)
