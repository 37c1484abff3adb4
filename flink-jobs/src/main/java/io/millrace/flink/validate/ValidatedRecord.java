package io.millrace.flink.validate;

import io.millrace.flink.element.ElementSerializer;
import io.millrace.flink.element.ElementType;
import io.millrace.store.Row;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What the store is told of a record: its row, or that there is none. One instance per subtask,
 * filled again for each record.
 */
public final class ValidatedRecord {
  /** The row; of a refused record only partition and offset mean something. */
  public final Row row;

  /** True if the record became a dead letter instead of a row. */
  public boolean refused;

  /**
   * @param row that it is about
   */
  public ValidatedRecord(Row row) {
    this.row = row;
  }

  /** Flink's type of it. */
  public static TypeInformation<ValidatedRecord> type() {
    return new ElementType<>(ValidatedRecord.class, Serializer.INSTANCE);
  }

  /** Writes lengths, then every field. */
  static final class Serializer extends ElementSerializer<ValidatedRecord> {
    static final Serializer INSTANCE = new Serializer();

    private static final long serialVersionUID = 1L;

    @Override
    public ValidatedRecord createInstance() {
      return new ValidatedRecord(new Row(1, 1));
    }

    @Override
    public ValidatedRecord copy(ValidatedRecord from) {
      var row = new Row(from.row.observation.length, from.row.action.length);
      row.partition = from.row.partition;
      row.offset = from.row.offset;
      row.eventTimeMicros = from.row.eventTimeMicros;
      row.episodeId = from.row.episodeId;
      row.step = from.row.step;
      row.policyRevision = from.row.policyRevision;
      row.policyId = from.row.policyId;
      System.arraycopy(from.row.observation, 0, row.observation, 0, row.observation.length);
      System.arraycopy(from.row.action, 0, row.action, 0, row.action.length);
      System.arraycopy(
          from.row.nextObservation, 0, row.nextObservation, 0, row.nextObservation.length);
      row.reward = from.row.reward;
      row.terminated = from.row.terminated;
      row.truncated = from.row.truncated;
      row.behaviourLogProbability = from.row.behaviourLogProbability;
      var copy = new ValidatedRecord(row);
      copy.refused = from.refused;
      return copy;
    }

    @Override
    public void serialize(ValidatedRecord record, DataOutputView target) throws IOException {
      var row = record.row;
      target.writeInt(row.observation.length);
      target.writeInt(row.action.length);
      target.writeBoolean(record.refused);
      target.writeInt(row.partition);
      target.writeLong(row.offset);
      target.writeLong(row.eventTimeMicros);
      target.writeLong(row.episodeId);
      target.writeInt(row.step);
      target.writeLong(row.policyRevision);
      target.writeUTF(row.policyId);
      write(row.observation, target);
      write(row.action, target);
      write(row.nextObservation, target);
      target.writeFloat(row.reward);
      target.writeBoolean(row.terminated);
      target.writeBoolean(row.truncated);
      target.writeFloat(row.behaviourLogProbability);
    }

    @Override
    public ValidatedRecord deserialize(DataInputView source) throws IOException {
      var row = new Row(source.readInt(), source.readInt());
      var record = new ValidatedRecord(row);
      record.refused = source.readBoolean();
      row.partition = source.readInt();
      row.offset = source.readLong();
      row.eventTimeMicros = source.readLong();
      row.episodeId = source.readLong();
      row.step = source.readInt();
      row.policyRevision = source.readLong();
      row.policyId = source.readUTF();
      read(row.observation, source);
      read(row.action, source);
      read(row.nextObservation, source);
      row.reward = source.readFloat();
      row.terminated = source.readBoolean();
      row.truncated = source.readBoolean();
      row.behaviourLogProbability = source.readFloat();
      return record;
    }

    private static void write(float[] numbers, DataOutputView target) throws IOException {
      for (float number : numbers) {
        target.writeFloat(number);
      }
    }

    private static void read(float[] numbers, DataInputView source) throws IOException {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = source.readFloat();
      }
    }

    @Override
    public TypeSerializerSnapshot<ValidatedRecord> snapshotConfiguration() {
      return new Snapshot();
    }

    /** What Flink writes beside state; public because it is made by its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<ValidatedRecord> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }
  }
}
