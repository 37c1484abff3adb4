package io.millrace.app.kafka;

import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads all that a topic holds now: committed records only, each partition in order. */
public final class TopicReader {
  private static final int TIMEOUT_MILLIS = 15_000;
  private static final Duration POLL = Duration.ofMillis(200);

  private TopicReader() {}

  /**
   * Gives every record to the sink, and returns when the ends that the topic had at the start are
   * reached.
   *
   * @param settings with {@link StreamOptions}
   * @return how many records there were
   * @throws KafkaFailure if the cluster does not answer or has no such topic
   */
  public static long read(
      Settings settings, String topic, Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    properties.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    properties.putAll(StreamOptions.kafkaProperties(settings));
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return read(consumer, topic, sink);
    } catch (TimeoutException e) {
      throw KafkaFailure.noAnswer(settings.get(StreamOptions.BOOTSTRAP_SERVERS), e);
    }
  }

  private static long read(
      KafkaConsumer<byte[], byte[]> consumer,
      String topic,
      Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    var infos = consumer.partitionsFor(topic);
    if (infos == null || infos.isEmpty()) {
      throw KafkaFailure.noTopic(topic);
    }
    var partitions =
        infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    var ends = consumer.endOffsets(partitions);
    long records = 0;
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        var partition = new TopicPartition(topic, record.partition());
        if (record.offset() < ends.get(partition)) {
          sink.accept(record);
          records++;
        }
      }
    }
    return records;
  }
}
