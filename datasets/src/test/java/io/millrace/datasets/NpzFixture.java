package io.millrace.datasets;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes {@code .npz} files, right and wrong ones, byte by byte as NumPy's format says. */
final class NpzFixture {
  private final Map<String, byte[]> arrays = new LinkedHashMap<>();

  /** Two rows of one episode, observations of 2 and actions of 1 numbers, all float32. */
  static NpzFixture twoRows() {
    return new NpzFixture()
        .with("obs", "<f4", "(2, 2)", floats(1, 2, 3, 4))
        .with("next_obs", "<f4", "(2, 2)", floats(3, 4, 5, 6))
        .with("action", "<f4", "(2, 1)", floats(.5f, -.5f))
        .with("reward", "<f4", "(2,)", floats(-1, -2))
        .with("terminated", "|b1", "(2,)", new byte[] {0, 1})
        .with("truncated", "|b1", "(2,)", new byte[] {1, 0})
        .with("episode_id", "<i8", "(2,)", longs(7, 7))
        .with("step", "<i8", "(2,)", longs(0, 1))
        .with("action_low", "<f4", "(1,)", floats(-1))
        .with("action_high", "<f4", "(1,)", floats(1));
  }

  NpzFixture with(String name, String dtype, String shape, byte[] data) {
    return with(
        name, "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + shape + ", }", data);
  }

  NpzFixture with(String name, String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    var array = ByteBuffer.allocate(10 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    array.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    array.putShort((short) text.length).put(text).put(data);
    return withBytes(name, array.array());
  }

  NpzFixture withBytes(String name, byte[] npy) {
    arrays.put(name, npy);
    return this;
  }

  NpzFixture without(String name) {
    arrays.remove(name);
    return this;
  }

  Path in(Path directory) {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.setLevel(Deflater.NO_COMPRESSION);
      for (var array : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
        zip.write(array.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return Files.write(directory.resolve("episodes.npz"), bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] floats(float... values) {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  static byte[] longs(long... values) {
    var bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return bytes.array();
  }
}
