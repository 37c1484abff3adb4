package io.millrace.flink.validate;

import io.millrace.flink.element.ElementSerializer;
import io.millrace.flink.element.ElementType;
import io.millrace.flink.source.RawRecordSerializer;
import io.millrace.schemas.v1.RejectionReason;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record that is not a row of its stream, and why.
 *
 * @param subtask of the job that refused it
 */
public record RefusedRecord(
    ConsumerRecord<byte[], byte[]> record, Rejection rejection, int subtask) {

  /** Flink's type of it. */
  public static TypeInformation<RefusedRecord> type() {
    return new ElementType<>(RefusedRecord.class, Serializer.INSTANCE);
  }

  /** Writes the record, then the rejection. */
  static final class Serializer extends ElementSerializer<RefusedRecord> {
    static final Serializer INSTANCE = new Serializer();

    private static final long serialVersionUID = 1L;

    @Override
    public RefusedRecord createInstance() {
      return new RefusedRecord(
          RawRecordSerializer.INSTANCE.createInstance(),
          Rejection.ofRecord(RejectionReason.REJECTION_REASON_UNSPECIFIED, "", ""),
          0);
    }

    @Override
    public RefusedRecord copy(RefusedRecord from) {
      return from; // immutable
    }

    @Override
    public void serialize(RefusedRecord refused, DataOutputView target) throws IOException {
      RawRecordSerializer.INSTANCE.serialize(refused.record(), target);
      var rejection = refused.rejection();
      target.writeInt(rejection.reason().getNumber());
      target.writeUTF(rejection.field());
      target.writeUTF(rejection.actual());
      target.writeUTF(rejection.expected());
      target.writeInt(refused.subtask());
    }

    @Override
    public RefusedRecord deserialize(DataInputView source) throws IOException {
      return new RefusedRecord(
          RawRecordSerializer.INSTANCE.deserialize(source),
          new Rejection(
              RejectionReason.forNumber(source.readInt()),
              source.readUTF(),
              source.readUTF(),
              source.readUTF()),
          source.readInt());
    }

    @Override
    public TypeSerializerSnapshot<RefusedRecord> snapshotConfiguration() {
      return new Snapshot();
    }

    /** What Flink writes beside state; public because it is made by its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<RefusedRecord> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }
  }
}
