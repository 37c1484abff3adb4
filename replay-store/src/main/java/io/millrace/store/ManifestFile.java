package io.millrace.store;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The bytes of a manifest, little-endian:
 *
 * <pre>
 *   0  u32  magic 4D 52 4D 46 ("MRMF")
 *   4  u16  version, 1
 *   6  u16  0
 *   8  u32  n, at most 64 MiB
 *  12  u32  CRC-32C of the bytes 0 to 11 and of the message
 *  16       millrace.v1.StoreManifest, n bytes; the file ends here
 * </pre>
 */
final class ManifestFile {
  private static final int MAGIC = 0x464D524D;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 16;
  private static final int CRC_AT = 12;
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private ManifestFile() {}

  /** Ready to write. */
  static ByteBuffer encode(StoreManifest manifest) {
    var message = manifest.toByteArray();
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException(
          "a manifest of "
              + message.length
              + " bytes, with "
              + manifest.getSegmentsCount()
              + " segments: expected at most "
              + MAX_MESSAGE_BYTES);
    }
    var out = ByteBuffer.allocate(HEADER_BYTES + message.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putShort((short) VERSION).putShort((short) 0).putInt(message.length);
    out.putInt(crc(out.array(), message.length, message, 0)).put(message);
    return out.flip();
  }

  /**
   * Reads a manifest.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws StoreCorruptionException naming the file, if it is not a whole manifest
   */
  static StoreManifest read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > HEADER_BYTES + (long) MAX_MESSAGE_BYTES) {
      throw new StoreCorruptionException(file + ": " + size + " bytes are too many for a manifest");
    }
    return decode(Files.readAllBytes(file), file.toString());
  }

  /**
   * Decodes a manifest.
   *
   * @param name of the file, for the error
   */
  static StoreManifest decode(byte[] bytes, String name) throws StoreCorruptionException {
    if (bytes.length < HEADER_BYTES) {
      throw new StoreCorruptionException(
          name + ": " + bytes.length + " bytes are no manifest: expected at least " + HEADER_BYTES);
    }
    var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt(0) != MAGIC) {
      throw new StoreCorruptionException(
          String.format("%s: starts with %08x, expected %08x", name, in.getInt(0), MAGIC));
    }
    if (in.getShort(4) != VERSION) {
      throw new StoreCorruptionException(
          name
              + ": version "
              + Short.toUnsignedInt(in.getShort(4))
              + " of the manifest's layout: this build reads "
              + VERSION);
    }
    if (in.getInt(8) != bytes.length - HEADER_BYTES) {
      throw new StoreCorruptionException(
          name
              + ": says it holds "
              + Integer.toUnsignedString(in.getInt(8))
              + " bytes and holds "
              + (bytes.length - HEADER_BYTES));
    }
    int crc = crc(bytes, bytes.length - HEADER_BYTES, bytes, HEADER_BYTES);
    if (in.getInt(CRC_AT) != crc) {
      throw new StoreCorruptionException(
          String.format(
              "%s: CRC-32C %08x does not match its bytes, %08x", name, in.getInt(CRC_AT), crc));
    }
    in.position(HEADER_BYTES);
    try {
      return StoreManifest.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw new StoreCorruptionException(name + ": not a StoreManifest: " + e.getMessage(), e);
    }
  }

  private static int crc(byte[] header, int length, byte[] message, int messageAt) {
    var crc = new CRC32C();
    crc.update(header, 0, CRC_AT);
    crc.update(message, messageAt, length);
    return (int) crc.getValue();
  }
}
