/**
 * The ingest job: logged transitions from Kafka, validated, into the replay store, exactly once.
 * Packages follow the data: {@code source}, {@code validate}, then {@code deadletter} and {@code
 * sink}.
 */
package io.millrace.flink;
