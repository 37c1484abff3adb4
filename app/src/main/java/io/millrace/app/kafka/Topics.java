package io.millrace.app.kafka;

import io.millrace.app.configuration.TopicOptions;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.KafkaNames;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of a stream. */
public final class Topics implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 15_000;
  private static final int LEADER_POLL_MILLIS = 20;

  private final Admin admin;
  private final String bootstrapServers;

  private Topics(Admin admin, String bootstrapServers) {
    this.admin = admin;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Connects to the cluster; the first call finds out whether it answers.
   *
   * @param settings with {@link StreamOptions}
   */
  public static Topics open(Settings settings) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    properties.putAll(StreamOptions.kafkaProperties(settings));
    return new Topics(Admin.create(properties), settings.get(StreamOptions.BOOTSTRAP_SERVERS));
  }

  /**
   * Makes the topics of the stream that are not there; those that are stay as they are. Returns
   * when the leaders of all of them answer: a topic that was made has them only some time later,
   * and an idempotent producer that is faster loses its first records to Kafka's KAFKA-15591.
   *
   * @param settings with {@link StreamOptions} and {@link TopicOptions}
   * @return topic → true if it was made, false if it was there
   * @throws KafkaFailure if the cluster does not answer or refuses
   */
  public Map<String, Boolean> createMissing(Settings settings) throws InterruptedException {
    var topics = wanted(settings);
    var results = admin.createTopics(topics).values();
    Map<String, Boolean> made = new LinkedHashMap<>();
    for (NewTopic topic : topics) {
      try {
        results.get(topic.name()).get();
        made.put(topic.name(), true);
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw failure("cannot make topic " + topic.name(), e.getCause());
        }
        made.put(topic.name(), false);
      }
    }
    awaitLeaders(made.keySet());
    return made;
  }

  private void awaitLeaders(Set<String> names) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS);
    while (!haveLeaders(names)) {
      if (System.nanoTime() - deadline > 0) {
        throw new KafkaFailure(
            "the topics "
                + names
                + " were made, and have no leaders after "
                + TIMEOUT_MILLIS
                + " ms",
            null);
      }
      TimeUnit.MILLISECONDS.sleep(LEADER_POLL_MILLIS);
    }
  }

  private boolean haveLeaders(Set<String> names) throws InterruptedException {
    try {
      var topics = admin.describeTopics(names).allTopicNames().get().values();
      if (topics.stream()
          .flatMap(topic -> topic.partitions().stream())
          .anyMatch(partition -> partition.leader() == null)) {
        return false;
      }
      // That is what the brokers know of each other; this asks the leaders, until they answer.
      admin.listOffsets(latest(topics)).all().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw failure("cannot look at the topics " + names, e.getCause());
    }
  }

  /**
   * Where each partition of a topic ends: the offset that the next record gets.
   *
   * @throws KafkaFailure if the cluster does not answer or has no such topic
   */
  public Map<Integer, Long> endOffsets(String topic) throws InterruptedException {
    try {
      var described = admin.describeTopics(List.of(topic)).allTopicNames().get().values();
      Map<Integer, Long> ends = new LinkedHashMap<>();
      admin
          .listOffsets(latest(described))
          .all()
          .get()
          .forEach((partition, info) -> ends.put(partition.partition(), info.offset()));
      return ends;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw KafkaFailure.noTopic(topic);
      }
      throw failure("cannot look at topic " + topic, e.getCause());
    }
  }

  private static Map<TopicPartition, OffsetSpec> latest(Collection<TopicDescription> topics) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (TopicDescription topic : topics) {
      topic
          .partitions()
          .forEach(
              info ->
                  latest.put(
                      new TopicPartition(topic.name(), info.partition()), OffsetSpec.latest()));
    }
    return latest;
  }

  @Override
  public void close() {
    admin.close();
  }

  private KafkaFailure failure(String what, Throwable cause) {
    if (cause instanceof TimeoutException) {
      return KafkaFailure.noAnswer(bootstrapServers, cause);
    }
    return new KafkaFailure(what + ": " + cause.getMessage(), cause);
  }

  private static List<NewTopic> wanted(Settings settings) {
    var stream = settings.get(StreamOptions.NAME);
    var recordSize = String.valueOf(settings.get(TopicOptions.MAX_RECORD_SIZE));
    var snapshotSize = String.valueOf(settings.get(TopicOptions.MAX_SNAPSHOT_SIZE));
    return List.of(
        topic(settings, KafkaNames.transitions(stream), settings.get(TopicOptions.PARTITIONS))
            .configs(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, recordSize)),
        topic(settings, KafkaNames.deadLetters(stream), 1)
            .configs(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, recordSize)),
        topic(settings, KafkaNames.policies(stream), 1)
            .configs(
                Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_COMPACT,
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                    snapshotSize)),
        topic(settings, KafkaNames.policyLog(stream), 1)
            .configs(
                Map.of(
                    TopicConfig.RETENTION_MS_CONFIG, "-1",
                    TopicConfig.RETENTION_BYTES_CONFIG, "-1",
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG, snapshotSize)));
  }

  private static NewTopic topic(Settings settings, String name, int partitions) {
    short replication = settings.get(TopicOptions.REPLICATION_FACTOR).shortValue();
    return new NewTopic(
        name,
        Optional.of(partitions),
        replication == 0 ? Optional.empty() : Optional.of(replication));
  }
}
