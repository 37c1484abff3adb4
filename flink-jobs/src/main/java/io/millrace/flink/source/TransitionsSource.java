package io.millrace.flink.source;

import io.millrace.flink.config.IngestConfig;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The transitions topic as a source of Flink. */
public final class TransitionsSource {
  // A record larger than these is still fetched, alone; they bound what a fetch holds in memory.
  private static final int FETCH_BYTES = 32 << 20;
  private static final int PARTITION_FETCH_BYTES = 4 << 20;
  private static final int RECORDS_PER_POLL = 8_192;
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  private TransitionsSource() {}

  /** Reads only what is committed, from where the store ends or Flink's restored state says. */
  public static KafkaSource<ConsumerRecord<byte[], byte[]>> of(IngestConfig config) {
    var builder =
        KafkaSource.<ConsumerRecord<byte[], byte[]>>builder()
            .setTopics(config.topic())
            .setStartingOffsets(new StoreOffsets(config.store(), config.start()))
            .setDeserializer(new RawRecordSchema())
            // Offsets of this group are for those who watch the lag; nobody starts from them.
            .setGroupId("millrace-ingest-" + config.spec().stream())
            .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
            .setProperty(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, String.valueOf(FETCH_BYTES))
            .setProperty(
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                String.valueOf(PARTITION_FETCH_BYTES))
            .setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, String.valueOf(RECORDS_PER_POLL))
            .setProperty(
                ConsumerConfig.RECEIVE_BUFFER_CONFIG, String.valueOf(RECEIVE_BUFFER_BYTES));
    config.kafkaProperties().forEach(builder::setProperty);
    if (config.bounded()) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    return builder.build();
  }
}
