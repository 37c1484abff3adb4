package io.millrace.flink.config;

import io.millrace.schemas.StreamSpec;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the ingest job is told; {@link IngestOptions} says what each of them is for.
 *
 * @param spec of the stream
 * @param topic of logged transitions
 * @param deadLetterTopic of refused records
 * @param kafkaProperties for every client, {@code bootstrap.servers} among them
 * @param store root of the replay store, on a file system that the JobManager, every TaskManager
 *     and the store's readers see
 * @param checkpointPath of Flink's own state; empty for what the cluster says
 * @param maxRecordBytes of a record's value
 * @param deadLetterValueLimitBytes of a refused record's value, and of its key, in its letter
 * @param actionTolerance fraction of the distance of an action's bounds
 */
public record IngestConfig(
    StreamSpec spec,
    String topic,
    String deadLetterTopic,
    Map<String, String> kafkaProperties,
    Path store,
    int parallelism,
    Duration checkpointInterval,
    Duration checkpointTimeout,
    Optional<URI> checkpointPath,
    int restartAttempts,
    StartingPoint start,
    boolean bounded,
    int maxRecordBytes,
    int deadLetterValueLimitBytes,
    Duration deadLetterTransactionTimeout,
    double actionTolerance,
    Instant earliestEventTime,
    Duration eventTimeAhead) {
  public IngestConfig {
    Objects.requireNonNull(spec, "spec");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(deadLetterTopic, "deadLetterTopic");
    kafkaProperties = Map.copyOf(kafkaProperties);
    if (!kafkaProperties.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException("kafkaProperties: expected bootstrap.servers among them");
    }
    store = store.toAbsolutePath().normalize();
  }

  /** Where the Kafka cluster is. */
  public String bootstrapServers() {
    return Objects.requireNonNull(kafkaProperties.get("bootstrap.servers"));
  }
}
