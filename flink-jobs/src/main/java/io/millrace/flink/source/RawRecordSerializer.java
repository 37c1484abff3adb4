package io.millrace.flink.source;

import io.millrace.flink.element.ElementSerializer;
import io.millrace.flink.element.ElementType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Writes a Kafka record: where it stood, when, its headers, key and value. */
public final class RawRecordSerializer extends ElementSerializer<ConsumerRecord<byte[], byte[]>> {
  public static final RawRecordSerializer INSTANCE = new RawRecordSerializer();

  private static final long serialVersionUID = 1L;

  private RawRecordSerializer() {}

  /** Flink's type of a Kafka record whose key and value are bytes. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type arguments
  public static TypeInformation<ConsumerRecord<byte[], byte[]>> type() {
    return new ElementType<>((Class) ConsumerRecord.class, INSTANCE);
  }

  @Override
  public ConsumerRecord<byte[], byte[]> createInstance() {
    return new ConsumerRecord<>("", 0, 0, null, null);
  }

  @Override
  public ConsumerRecord<byte[], byte[]> copy(ConsumerRecord<byte[], byte[]> from) {
    return from; // nobody changes one
  }

  @Override
  public void serialize(ConsumerRecord<byte[], byte[]> record, DataOutputView target)
      throws IOException {
    target.writeUTF(record.topic());
    target.writeInt(record.partition());
    target.writeLong(record.offset());
    target.writeLong(record.timestamp());
    target.writeByte(record.timestampType().id);
    writeBytes(record.key(), target);
    writeBytes(record.value(), target);
    var headers = record.headers().toArray();
    target.writeInt(headers.length);
    for (Header header : headers) {
      writeBytes(header.key().getBytes(StandardCharsets.UTF_8), target);
      writeBytes(header.value(), target);
    }
  }

  @Override
  public ConsumerRecord<byte[], byte[]> deserialize(DataInputView source) throws IOException {
    var topic = source.readUTF();
    int partition = source.readInt();
    long offset = source.readLong();
    long timestamp = source.readLong();
    int typeId = source.readByte();
    byte[] key = readBytes(source);
    byte[] value = readBytes(source);
    Headers headers = new RecordHeaders();
    int count = source.readInt();
    for (int i = 0; i < count; i++) {
      headers.add(new String(readBytes(source), StandardCharsets.UTF_8), readBytes(source));
    }
    return new ConsumerRecord<>(
        topic,
        partition,
        offset,
        timestamp,
        timestampType(typeId),
        key == null ? ConsumerRecord.NULL_SIZE : key.length,
        value == null ? ConsumerRecord.NULL_SIZE : value.length,
        key,
        value,
        headers,
        Optional.empty());
  }

  private static TimestampType timestampType(int id) throws IOException {
    for (TimestampType type : TimestampType.values()) {
      if (type.id == id) {
        return type;
      }
    }
    throw new IOException("timestamp type: expected -1, 0 or 1, got " + id);
  }

  @Override
  public TypeSerializerSnapshot<ConsumerRecord<byte[], byte[]>> snapshotConfiguration() {
    return new Snapshot();
  }

  /** What Flink writes beside state; public because it is made by its name. */
  public static final class Snapshot
      extends SimpleTypeSerializerSnapshot<ConsumerRecord<byte[], byte[]>> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
