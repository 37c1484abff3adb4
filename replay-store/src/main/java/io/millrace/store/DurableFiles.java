package io.millrace.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Files that are still there after a power cut, and their checksums. */
final class DurableFiles {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

  private DurableFiles() {}

  /** Creates a directory and those above it, each durable in the one above. */
  static void createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    var parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    Files.createDirectories(directory);
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  /** Makes the entries of a directory durable. */
  static void syncDirectory(Path directory) throws IOException {
    // Windows opens no directory, and writes its entries through.
    if (!WINDOWS) {
      try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /**
   * Publishes a file in one atomic step: its bytes go to a temporary file, to the disk, and then,
   * by a hard link, which replaces nothing, to the target.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the target is there already
   */
  static void publish(Path temporary, Path target, ByteBuffer bytes) throws IOException {
    try {
      try (var channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.createLink(target, temporary);
    } catch (UnsupportedOperationException e) {
      throw new IOException(
          target + ": cannot be published, since its file system has no hard links", e);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncDirectory(target.toAbsolutePath().getParent());
  }

  /** CRC-32C (RFC 3720, appendix B.4) of a whole file. */
  static int crc32c(Path file) throws IOException {
    var crc = new CRC32C();
    var chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(chunk) >= 0) {
        crc.update(chunk.flip());
        chunk.clear();
      }
    } finally {
      DirectMemory.free(chunk);
    }
    return (int) crc.getValue();
  }
}
