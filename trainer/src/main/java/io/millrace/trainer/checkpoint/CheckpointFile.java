package io.millrace.trainer.checkpoint;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.schemas.v1.ArrayHeader;
import io.millrace.schemas.v1.CheckpointHeader;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The bytes of a checkpoint.
 *
 * <pre>
 * "MLRCHKPT" | version u32 = 1 | header length u32        big-endian
 * CheckpointHeader
 * float32 little-endian, array after array, as many as the header says
 * CRC-32C of all before u32                               big-endian
 * </pre>
 */
final class CheckpointFile {
  private static final byte[] MAGIC = "MLRCHKPT".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int PREFIX_BYTES = MAGIC.length + 2 * Integer.BYTES;
  private static final int MAX_HEADER_BYTES = 16 << 20;

  private CheckpointFile() {}

  /** Writes a file that is not there yet, and waits until it is on the disk. */
  static void write(Path file, Checkpoint checkpoint) throws IOException {
    var header = checkpoint.header().toBuilder().clearArrays();
    for (var tensor : checkpoint.state().tensors()) {
      header.addArrays(
          ArrayHeader.newBuilder().setName(tensor.name()).setElements(tensor.values().length));
    }
    var headerBytes = header.build().toByteArray();
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var crc = new CRC32C();
      write(
          channel,
          crc,
          ByteBuffer.allocate(PREFIX_BYTES)
              .put(MAGIC)
              .putInt(VERSION)
              .putInt(headerBytes.length)
              .flip());
      write(channel, crc, ByteBuffer.wrap(headerBytes));
      for (var tensor : checkpoint.state().tensors()) {
        write(channel, crc, StateDigest.littleEndian(tensor.values()));
      }
      int sum = (int) crc.getValue();
      write(channel, crc, ByteBuffer.allocate(Integer.BYTES).putInt(sum).flip());
      channel.force(true);
    }
  }

  /**
   * Reads a file.
   *
   * @throws DamagedCheckpointException if it is no checkpoint or not whole
   * @throws IOException if it is of a later version, or cannot be read
   */
  static Checkpoint read(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var crc = new CRC32C();
      var prefix = read(file, channel, crc, PREFIX_BYTES);
      var magic = new byte[MAGIC.length];
      prefix.get(magic);
      if (!Arrays.equals(MAGIC, magic)) {
        throw new DamagedCheckpointException(file + ": not a checkpoint");
      }
      int version = prefix.getInt();
      if (version != VERSION) {
        throw new IOException(
            file + ": checkpoint version " + version + ", this Millrace reads " + VERSION);
      }
      int headerLength = prefix.getInt();
      if (headerLength < 0 || headerLength > MAX_HEADER_BYTES) {
        throw new DamagedCheckpointException(file + ": a header of " + headerLength + " bytes");
      }
      var header = header(file, read(file, channel, crc, headerLength));
      checkSize(file, channel.size(), headerLength, header);
      var tensors = new ArrayList<NamedTensor>();
      for (var array : header.getArraysList()) {
        var values = new float[(int) array.getElements()];
        read(file, channel, crc, values.length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values);
        tensors.add(new NamedTensor(array.getName(), values));
      }
      int expected = (int) crc.getValue();
      if (read(file, channel, crc, Integer.BYTES).getInt() != expected) {
        throw new DamagedCheckpointException(file + ": wrong checksum");
      }
      return new Checkpoint(header, new LearnerState(header.getUpdate(), tensors));
    }
  }

  private static CheckpointHeader header(Path file, ByteBuffer bytes)
      throws DamagedCheckpointException {
    try {
      return CheckpointHeader.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedCheckpointException(file + ": its header is not one", e);
    }
  }

  // Before anything is allocated for the arrays.
  private static void checkSize(Path file, long size, int headerLength, CheckpointHeader header)
      throws IOException {
    long expected = PREFIX_BYTES + headerLength + (long) Integer.BYTES;
    for (var array : header.getArraysList()) {
      if (array.getElements() < 0 || array.getElements() > Integer.MAX_VALUE / Float.BYTES) {
        throw new DamagedCheckpointException(
            file + ": an array of " + array.getElements() + " numbers");
      }
      expected += array.getElements() * Float.BYTES;
    }
    if (expected != size) {
      throw new DamagedCheckpointException(
          file + ": expected " + expected + " bytes, found " + size);
    }
  }

  private static void write(FileChannel channel, CRC32C crc, ByteBuffer bytes) throws IOException {
    crc.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static ByteBuffer read(Path file, FileChannel channel, CRC32C crc, int length)
      throws IOException {
    if (length > channel.size() - channel.position()) {
      throw new DamagedCheckpointException(
          file + ": ends at byte " + channel.size() + ", in the middle of something");
    }
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // goes on until all is read
    }
    bytes.flip();
    crc.update(bytes.duplicate());
    return bytes;
  }
}
