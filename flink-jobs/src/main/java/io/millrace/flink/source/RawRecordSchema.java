package io.millrace.flink.source;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Passes records on as Kafka gives them, so that nothing can fail here: what a record holds is
 * found out where it can become a dead letter.
 */
final class RawRecordSchema
    implements KafkaRecordDeserializationSchema<ConsumerRecord<byte[], byte[]>> {
  private static final long serialVersionUID = 1L;

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record, Collector<ConsumerRecord<byte[], byte[]>> out) {
    out.collect(record);
  }

  @Override
  public TypeInformation<ConsumerRecord<byte[], byte[]>> getProducedType() {
    return RawRecordSerializer.type();
  }
}
