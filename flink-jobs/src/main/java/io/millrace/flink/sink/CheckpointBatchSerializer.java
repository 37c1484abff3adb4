package io.millrace.flink.sink;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Version 1: checkpoint id as i64, big-endian, then the writer's batch as version 1 of {@link
 * WriterBatchSerializer}. This is what a checkpoint of Flink holds of segments that are not yet
 * committed.
 */
final class CheckpointBatchSerializer implements SimpleVersionedSerializer<CheckpointBatch> {
  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(CheckpointBatch batch) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeLong(batch.checkpointId());
      WriterBatchSerializer.write(batch.batch(), out);
    }
    return bytes.toByteArray();
  }

  @Override
  public CheckpointBatch deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION) {
      throw new IOException("checkpoint batch: expected version " + VERSION + ", got " + version);
    }
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return new CheckpointBatch(in.readLong(), WriterBatchSerializer.read(in));
    }
  }
}
