package io.millrace.flink.element;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.source.RawRecordSerializer;
import io.millrace.flink.validate.RefusedRecord;
import io.millrace.flink.validate.Rejection;
import io.millrace.flink.validate.ValidatedRecord;
import io.millrace.schemas.v1.RejectionReason;
import io.millrace.store.Row;
import java.util.Optional;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** What happens to elements when somebody breaks the chain of operators. */
class ElementSerializersTest {
  @Test
  void aKafkaRecordKeepsAllThatItIs() throws Exception {
    assertSameRecord(copied(RawRecordSerializer.type(), record(new byte[] {1}, new byte[] {2, 3})));
    var empty = copied(RawRecordSerializer.type(), record(null, null));
    assertThat(empty.key()).isNull();
    assertThat(empty.value()).isNull();
  }

  @Test
  void aRefusedRecordKeepsWhy() throws Exception {
    var refused =
        new RefusedRecord(
            record(new byte[] {1}, new byte[] {2, 3}),
            new Rejection(
                RejectionReason.REJECTION_REASON_NOT_FINITE, "reward", "NaN", "a finite number"),
            5);
    var copy = copied(RefusedRecord.type(), refused);
    assertThat(copy.rejection()).isEqualTo(refused.rejection());
    assertThat(copy.subtask()).isEqualTo(5);
    assertSameRecord(copy.record());
  }

  @Test
  void aValidatedRecordKeepsItsRow() throws Exception {
    var record = new ValidatedRecord(row());
    assertSameRow(copied(ValidatedRecord.type(), record).row);
    record.refused = true;
    assertThat(copied(ValidatedRecord.type(), record).refused).isTrue();
  }

  @Test
  void aCopyOfAValidatedRecordDoesNotChangeWithIt() {
    var record = new ValidatedRecord(row());
    var copy = serializer(ValidatedRecord.type()).copy(record);
    record.row.observation[0] = 99;
    record.row.action[0] = 99;
    record.row.nextObservation[1] = 99;
    record.row.offset = 99;
    assertSameRow(copy.row);
  }

  private static <T> T copied(TypeInformation<T> type, T element) throws Exception {
    var serializer = serializer(type);
    var first = new DataOutputSerializer(64);
    serializer.serialize(element, first);
    var second = new DataOutputSerializer(64);
    serializer.copy(new DataInputDeserializer(first.getCopyOfBuffer()), second);
    assertThat(second.getCopyOfBuffer()).isEqualTo(first.getCopyOfBuffer());
    return serializer.deserialize(new DataInputDeserializer(second.getCopyOfBuffer()));
  }

  private static <T> TypeSerializer<T> serializer(TypeInformation<T> type) {
    return type.createSerializer(new SerializerConfigImpl());
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] key, byte[] value) {
    var headers = new RecordHeaders();
    headers.add("trace", new byte[] {7});
    headers.add("nothing", null);
    return new ConsumerRecord<>(
        "arm.transitions",
        3,
        1L << 40,
        1_767_225_600_000L,
        TimestampType.LOG_APPEND_TIME,
        key == null ? -1 : key.length,
        value == null ? -1 : value.length,
        key,
        value,
        headers,
        Optional.empty());
  }

  private static void assertSameRecord(ConsumerRecord<byte[], byte[]> copy) {
    var expected = record(new byte[] {1}, new byte[] {2, 3});
    assertThat(copy.topic()).isEqualTo(expected.topic());
    assertThat(copy.partition()).isEqualTo(expected.partition());
    assertThat(copy.offset()).isEqualTo(expected.offset());
    assertThat(copy.timestamp()).isEqualTo(expected.timestamp());
    assertThat(copy.timestampType()).isEqualTo(expected.timestampType());
    assertThat(copy.key()).isEqualTo(expected.key());
    assertThat(copy.value()).isEqualTo(expected.value());
    assertThat(copy.headers()).isEqualTo(expected.headers());
  }

  private static Row row() {
    var row = new Row(2, 1);
    row.partition = 3;
    row.offset = 1L << 40;
    row.eventTimeMicros = 1_767_225_600_000_000L;
    row.episodeId = -5;
    row.step = 7;
    row.policyRevision = 8;
    row.policyId = "pölicy";
    row.observation[0] = 1;
    row.observation[1] = 2;
    row.action[0] = 3;
    row.nextObservation[0] = 4;
    row.nextObservation[1] = 5;
    row.reward = 6;
    row.terminated = true;
    row.truncated = true;
    row.behaviourLogProbability = -0.5f;
    return row;
  }

  private static void assertSameRow(Row copy) {
    assertThat(copy).usingRecursiveComparison().isEqualTo(row());
  }
}
