package io.millrace.flink.source;

import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out before the job starts what would otherwise stop it in the middle. */
public final class RequiredTopics {
  private static final Logger LOG = LoggerFactory.getLogger(RequiredTopics.class);
  private static final int TIMEOUT_MILLIS = 15_000;
  // A topic that has just been made is not known to every broker at once.
  private static final Duration NEW_TOPIC_PATIENCE = Duration.ofSeconds(5);
  private static final long RETRY_MILLIS = 100;

  private RequiredTopics() {}

  /**
   * Checks that Kafka answers, that both topics are there, and that the one of dead letters takes
   * the largest of them.
   *
   * @param largestLetterBytes in one record
   * @throws IngestException naming what is missing
   */
  public static void check(IngestConfig config, int largestLetterBytes)
      throws IngestException, InterruptedException {
    Map<String, Object> properties = new HashMap<>(config.kafkaProperties());
    properties.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    properties.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    try (var admin = Admin.create(properties)) {
      for (String topic : List.of(config.topic(), config.deadLetterTopic())) {
        requireTopic(admin, topic, config);
      }
      requireRoomForLetters(admin, config, largestLetterBytes);
    } catch (KafkaException e) {
      throw new IngestException("Kafka's properties are not accepted: " + e.getMessage(), e);
    }
  }

  private static void requireTopic(Admin admin, String topic, IngestConfig config)
      throws IngestException, InterruptedException {
    long deadline = System.nanoTime() + NEW_TOPIC_PATIENCE.toNanos();
    while (!exists(admin, topic, config)) {
      if (System.nanoTime() > deadline) {
        throw new IngestException(
            "topic "
                + topic
                + " does not exist on "
                + config.bootstrapServers()
                + "; 'millrace topics create' makes it");
      }
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    }
  }

  private static boolean exists(Admin admin, String topic, IngestConfig config)
      throws IngestException, InterruptedException {
    try {
      admin.describeTopics(List.of(topic)).allTopicNames().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw failure("cannot look at topic " + topic, e.getCause(), config);
    }
  }

  private static void requireRoomForLetters(
      Admin admin, IngestConfig config, int largestLetterBytes)
      throws IngestException, InterruptedException {
    var topic = new ConfigResource(ConfigResource.Type.TOPIC, config.deadLetterTopic());
    long allowed;
    try {
      var settings = admin.describeConfigs(List.of(topic)).values().get(topic).get();
      allowed = Long.parseLong(settings.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException) {
        LOG.warn(
            "Not allowed to see how large a record {} takes: expected {} bytes or more",
            config.deadLetterTopic(),
            largestLetterBytes);
        return;
      }
      throw failure(
          "cannot look at the configuration of topic " + config.deadLetterTopic(),
          e.getCause(),
          config);
    }
    if (allowed < largestLetterBytes) {
      throw new IngestException(
          "topic "
              + config.deadLetterTopic()
              + " takes records of up to "
              + allowed
              + " bytes ("
              + TopicConfig.MAX_MESSAGE_BYTES_CONFIG
              + "), but a dead letter can have "
              + largestLetterBytes
              + ": raise it, or lower ingest.dead-letter-value-limit");
    }
  }

  private static IngestException failure(String what, Throwable cause, IngestConfig config) {
    if (cause instanceof TimeoutException) {
      return new IngestException("no Kafka broker answers at " + config.bootstrapServers(), cause);
    }
    return new IngestException(what + ": " + cause.getMessage(), cause);
  }
}
