package io.millrace.flink.config;

/** Where to start in a partition of which the store holds nothing yet. */
public enum StartingPoint {
  /** At the oldest record that Kafka still has. */
  EARLIEST,
  /** After the newest record at the time of the start. */
  LATEST
}
