package io.millrace.flink.deadletter;

import io.millrace.flink.validate.RefusedRecord;
import io.millrace.flink.validate.Rejection;
import io.millrace.flink.validate.ValidateFunction;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.DeadLetter;
import io.millrace.schemas.v1.RejectionReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A refused record as a dead letter: its own key, value and headers, then Kafka Connect's headers
 * of an error (KIP-298) and our envelope.
 */
final class DeadLetterSchema
    implements KafkaRecordSerializationSchema<RefusedRecord>, KafkaDatasetFacetProvider {
  /** Headers that came with the record are kept up to this size in all. */
  static final int ORIGINAL_HEADERS_LIMIT_BYTES = 64 << 10;

  // Lengths of key and value, as varints.
  private static final int HEADER_FRAME_BYTES = 10;

  private static final long serialVersionUID = 1L;

  private final String topic;
  private final int limitBytes;

  /**
   * @param limitBytes of the value, and of the key
   */
  DeadLetterSchema(String topic, int limitBytes) {
    this.topic = topic;
    this.limitBytes = limitBytes;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      RefusedRecord refused, KafkaSinkContext context, Long timestamp) {
    var record = refused.record();
    // The broker gives the time of arrival where the refused record has no timestamp.
    Long time = record.timestamp() < 0 ? null : record.timestamp();
    var letter = new ProducerRecord<>(topic, null, time, cut(record.key()), cut(record.value()));
    copyHeaders(record.headers(), letter.headers());
    addErrorHeaders(refused, letter.headers());
    letter.headers().add(KafkaNames.DEAD_LETTER_HEADER, envelope(refused).toByteArray());
    return letter;
  }

  private DeadLetter envelope(RefusedRecord refused) {
    var record = refused.record();
    var rejection = refused.rejection();
    int keySize = size(record.key());
    int valueSize = size(record.value());
    return DeadLetter.newBuilder()
        .setTopic(record.topic())
        .setPartition(record.partition())
        .setOffset(record.offset())
        .setRecordTimestampMillis(record.timestamp())
        .setReason(rejection.reason())
        .setField(rejection.field())
        .setActual(rejection.actual())
        .setExpected(rejection.expected())
        .setValueSizeBytes(valueSize)
        .setValueCut(valueSize > limitBytes)
        .setKeySizeBytes(keySize)
        .setKeyCut(keySize > limitBytes)
        .build();
  }

  private static void addErrorHeaders(RefusedRecord refused, Headers headers) {
    ConsumerRecord<byte[], byte[]> record = refused.record();
    Rejection rejection = refused.rejection();
    add(headers, KafkaNames.ERROR_TOPIC_HEADER, record.topic());
    add(headers, KafkaNames.ERROR_PARTITION_HEADER, String.valueOf(record.partition()));
    add(headers, KafkaNames.ERROR_OFFSET_HEADER, String.valueOf(record.offset()));
    add(headers, KafkaNames.ERROR_CONNECTOR_NAME_HEADER, "millrace-ingest");
    add(headers, KafkaNames.ERROR_TASK_ID_HEADER, String.valueOf(refused.subtask()));
    add(headers, KafkaNames.ERROR_STAGE_HEADER, stage(rejection.reason()));
    add(headers, KafkaNames.ERROR_EXECUTING_CLASS_HEADER, ValidateFunction.class.getName());
    add(headers, KafkaNames.ERROR_EXCEPTION_HEADER, rejection.reason().name());
    add(headers, KafkaNames.ERROR_EXCEPTION_MESSAGE_HEADER, rejection.sentence());
  }

  /** Kafka Connect's name of the stage: what reads the bytes, or what looks at the result. */
  private static String stage(RejectionReason reason) {
    return switch (reason) {
      case REJECTION_REASON_EMPTY, REJECTION_REASON_TOO_LARGE, REJECTION_REASON_UNDECODABLE ->
          "VALUE_CONVERTER";
      default -> "TRANSFORMATION";
    };
  }

  /** Those of an earlier refusal are left out: a repaired record has one story, not two. */
  private static void copyHeaders(Headers from, Headers to) {
    int room = ORIGINAL_HEADERS_LIMIT_BYTES;
    for (Header header : from) {
      int keySize = header.key().getBytes(StandardCharsets.UTF_8).length;
      room -= keySize + size(header.value()) + HEADER_FRAME_BYTES;
      if (room < 0) {
        return;
      }
      if (!header.key().startsWith("__connect.errors.")
          && !header.key().equals(KafkaNames.DEAD_LETTER_HEADER)) {
        to.add(header);
      }
    }
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] cut(byte[] bytes) {
    return bytes == null || bytes.length <= limitBytes ? bytes : Arrays.copyOf(bytes, limitBytes);
  }

  private static int size(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  /** Names the topic, whose transactions of an earlier run the sink looks for and aborts. */
  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
  }
}
