package io.millrace.flink.sink;

import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import io.millrace.store.PendingBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Version 1:
 *
 * <pre>
 * run id      modified UTF-8, length in the first two bytes
 * attempt     i32
 * segments    i32 count, then each: i32 length, {@link SegmentInfo}
 * sources     i32 count, then each: i32 length, {@link SourceRange}
 * </pre>
 *
 * <p>Numbers are big-endian.
 */
final class WriterBatchSerializer implements SimpleVersionedSerializer<WriterBatch> {
  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(WriterBatch batch) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      write(batch, out);
    }
    return bytes.toByteArray();
  }

  @Override
  public WriterBatch deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION) {
      throw new IOException("writer batch: expected version " + VERSION + ", got " + version);
    }
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return read(in);
    }
  }

  static void write(WriterBatch batch, DataOutputStream out) throws IOException {
    out.writeUTF(batch.runId());
    out.writeInt(batch.attempt());
    var pending = batch.pending();
    out.writeInt(pending.segments().size());
    for (SegmentInfo segment : pending.segments()) {
      writeBytes(segment.toByteArray(), out);
    }
    out.writeInt(pending.sources().size());
    for (SourceRange source : pending.sources()) {
      writeBytes(source.toByteArray(), out);
    }
  }

  static WriterBatch read(DataInputStream in) throws IOException {
    var runId = in.readUTF();
    int attempt = in.readInt();
    List<SegmentInfo> segments = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      segments.add(SegmentInfo.parseFrom(readBytes(in)));
    }
    List<SourceRange> sources = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      sources.add(SourceRange.parseFrom(readBytes(in)));
    }
    return new WriterBatch(runId, attempt, new PendingBatch(segments, sources));
  }

  private static void writeBytes(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = count(in);
    var bytes = in.readNBytes(length); // allocates no more than there is
    if (bytes.length < length) {
      throw new IOException(
          "writer batch: a message of "
              + length
              + " bytes, of which "
              + bytes.length
              + " are left");
    }
    return bytes;
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0) {
      throw new IOException("writer batch: a count of " + count);
    }
    return count;
  }
}
