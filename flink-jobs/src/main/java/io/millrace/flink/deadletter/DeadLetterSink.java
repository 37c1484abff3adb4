package io.millrace.flink.deadletter;

import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.validate.RefusedRecord;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The topic of dead letters as a sink of Flink: a letter is there once, when its checkpoint is. */
public final class DeadLetterSink {
  // What a letter is made of beside key, value and the headers that came with the record: our
  // headers, whose texts are short, and the framing of a batch.
  private static final int OWN_BYTES = 16 << 10;

  private DeadLetterSink() {}

  /** Letters appear in Kafka transactions, one a checkpoint and subtask that refused anything. */
  public static KafkaSink<RefusedRecord> of(IngestConfig config) {
    var builder =
        KafkaSink.<RefusedRecord>builder()
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(transactionalIdPrefix(config))
            // A few names that are used again: the other strategy has the broker remember one for
            // every checkpoint of a week.
            .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
            .setRecordSerializer(
                new DeadLetterSchema(config.deadLetterTopic(), config.deadLetterValueLimitBytes()))
            .setProperty(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                String.valueOf(config.deadLetterTransactionTimeout().toMillis()))
            .setProperty(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG, String.valueOf(largestLetterBytes(config)))
            .setProperty(ProducerConfig.LINGER_MS_CONFIG, "20");
    config.kafkaProperties().forEach(builder::setProperty);
    return builder.build();
  }

  /** What the topic must take in one record, for a letter never to be refused itself. */
  public static int largestLetterBytes(IngestConfig config) {
    return 2 * config.deadLetterValueLimitBytes()
        + DeadLetterSchema.ORIGINAL_HEADERS_LIMIT_BYTES
        + OWN_BYTES;
  }

  /**
   * The same for every run of a job on this store, so that a run aborts what the one before it left
   * open; another for another store, whose job may run at the same time.
   */
  private static String transactionalIdPrefix(IngestConfig config) {
    var crc = new CRC32C();
    crc.update(config.store().toString().getBytes(StandardCharsets.UTF_8));
    return String.format("%s.%08x", config.deadLetterTopic(), crc.getValue());
  }
}
