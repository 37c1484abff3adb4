package io.millrace.trainer.journal;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.schemas.v1.JournalRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of {@link JournalRecord}s. A record that {@link #append} returned from is on the disk; one
 * that a crash cut short is dropped when the file is opened again.
 *
 * <pre>
 * "MLRJRNAL" | version u32 = 1 | record*          all numbers big-endian
 * record:  length u32 | CRC-32C of the payload u32 | payload: a JournalRecord of so many bytes
 * </pre>
 *
 * Not thread-safe.
 */
public final class Journal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
  private static final byte[] MAGIC = "MLRJRNAL".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int FILE_HEADER_BYTES = MAGIC.length + Integer.BYTES;
  private static final int RECORD_HEADER_BYTES = 2 * Integer.BYTES;
  // The largest record has the options of a run and the bounds of StreamSpec.MAX_SIZE actions.
  private static final int MAX_RECORD_BYTES = 4 << 20;

  private final FileChannel channel;

  private Journal(FileChannel channel) {
    this.channel = channel;
  }

  /** Begins a journal; it is there with its first record, or not at all. */
  public static Journal create(Path file, JournalRecord first) throws IOException {
    var temporary = file.resolveSibling(file.getFileName() + ".new");
    try (var channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(channel, ByteBuffer.allocate(FILE_HEADER_BYTES).put(MAGIC).putInt(VERSION).flip());
      writeFully(channel, frame(first));
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    forceDirectory(file.toAbsolutePath().getParent());
    return openAt(file, Files.size(file));
  }

  /**
   * Reads a journal and goes on at its end.
   *
   * @param reader is given each record in order
   * @throws IOException if it is no journal, or damaged before its end; the message names file and
   *     place
   */
  public static Journal open(Path file, Consumer<JournalRecord> reader) throws IOException {
    long end = read(file, reader);
    long size = Files.size(file);
    if (end < size) {
      LOG.warn(
          "{}: dropped {} bytes at its end, of a record that was never finished", file, size - end);
    }
    var journal = openAt(file, end);
    journal.channel.force(true);
    return journal;
  }

  /**
   * Reads a journal and leaves it as it is.
   *
   * @return where its last whole record ends
   * @throws IOException as for {@link #open}
   */
  public static long read(Path file, Consumer<JournalRecord> reader) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var header = ByteBuffer.allocate(FILE_HEADER_BYTES);
      readFully(channel, header, 0);
      var magic = new byte[MAGIC.length];
      if (header.flip().remaining() < FILE_HEADER_BYTES
          || !java.util.Arrays.equals(MAGIC, get(header, magic))) {
        throw new IOException(file + ": not a journal of a training run");
      }
      int version = header.getInt();
      if (version != VERSION) {
        throw new IOException(
            file + ": journal version " + version + ", this Millrace reads version " + VERSION);
      }
      return readRecords(file, channel, reader);
    }
  }

  /** Adds a record and waits until it is on the disk. */
  public void append(JournalRecord entry) throws IOException {
    writeFully(channel, frame(entry));
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static Journal openAt(Path file, long end) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.WRITE);
    channel.truncate(end);
    channel.position(end);
    return new Journal(channel);
  }

  private static long readRecords(Path file, FileChannel channel, Consumer<JournalRecord> reader)
      throws IOException {
    long size = channel.size();
    long at = FILE_HEADER_BYTES;
    while (at + RECORD_HEADER_BYTES <= size) {
      var header = ByteBuffer.allocate(RECORD_HEADER_BYTES);
      readFully(channel, header, at);
      int length = header.flip().getInt();
      int crc = header.getInt();
      long end = at + RECORD_HEADER_BYTES + Integer.toUnsignedLong(length);
      if (end > size) {
        return at;
      }
      if (length <= 0 || length > MAX_RECORD_BYTES) {
        return endOfTornTail(file, channel, at, "a record of " + length + " bytes");
      }
      var payload = ByteBuffer.allocate(length);
      readFully(channel, payload, at + RECORD_HEADER_BYTES);
      if (crc(payload.flip()) != crc) {
        return endOfTornTail(file, channel, at, "a record with a wrong checksum");
      }
      try {
        reader.accept(JournalRecord.parseFrom(payload));
      } catch (InvalidProtocolBufferException e) {
        throw new IOException(file + ": no record at byte " + at, e);
      }
      at = end;
    }
    return at;
  }

  // Records are on the disk one after the other, so only the last can be torn; after a power
  // failure the file may be longer than what was written, and hold zeros there.
  private static long endOfTornTail(Path file, FileChannel channel, long at, String found)
      throws IOException {
    long size = channel.size();
    var header = ByteBuffer.allocate(RECORD_HEADER_BYTES);
    readFully(channel, header, at);
    long end = at + RECORD_HEADER_BYTES + Integer.toUnsignedLong(header.getInt(0));
    if (end == size || onlyZeros(channel, at)) {
      return at;
    }
    throw new IOException(
        file + ": damaged at byte " + at + " of " + size + ": " + found + ", and more after it");
  }

  private static boolean onlyZeros(FileChannel channel, long from) throws IOException {
    var buffer = ByteBuffer.allocate(64 << 10);
    for (long at = from; at < channel.size(); at += buffer.limit()) {
      readFully(channel, buffer.clear(), at);
      buffer.flip();
      while (buffer.hasRemaining()) {
        if (buffer.get() != 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static ByteBuffer frame(JournalRecord entry) {
    var payload = ByteBuffer.wrap(entry.toByteArray());
    return ByteBuffer.allocate(RECORD_HEADER_BYTES + payload.remaining())
        .putInt(payload.remaining())
        .putInt(crc(payload))
        .put(payload)
        .flip();
  }

  private static int crc(ByteBuffer payload) {
    var crc = new CRC32C();
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }

  private static byte[] get(ByteBuffer from, byte[] into) {
    from.get(into);
    return into;
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long from)
      throws IOException {
    long at = from;
    while (into.hasRemaining()) {
      int count = channel.read(into, at);
      if (count < 0) {
        return;
      }
      at += count;
    }
  }

  private static void forceDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
