package io.millrace.trainer.torchscript;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes one pickled object with attributes, in the part of pickle protocol 2 that libtorch reads.
 *
 * <p>Source: the opcodes in {@code Lib/pickletools.py} of CPython.
 */
final class Pickle {
  private static final int PROTOCOL = 0x80;
  private static final int NEW_OBJECT = 0x81;
  private static final int ONE_TUPLE = 0x85;
  private static final int TRUE = 0x88;
  private static final int FALSE = 0x89;
  private static final int LONG = 0x8a;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Starts the object: an instance of {@code module.name}, whose attributes follow. */
  void instance(String module, String name) {
    bytes.write(PROTOCOL);
    bytes.write(2);
    global(module, name);
    bytes.write(')');
    bytes.write(NEW_OBJECT);
    bytes.write('}');
    bytes.write('(');
  }

  void attribute(String name, Object value) {
    text(name);
    if (value instanceof Boolean flag) {
      bytes.write(flag ? TRUE : FALSE);
    } else if (value instanceof Long number) {
      integer(number);
    } else if (value instanceof Double number) {
      real(number);
    } else if (value instanceof String words) {
      text(words);
    } else if (value instanceof double[] numbers) {
      list("build_doublelist", () -> Arrays.stream(numbers).forEach(this::real));
    } else {
      list("build_intlist", () -> Arrays.stream((long[]) value).forEach(this::integer));
    }
  }

  /** Ends the object; the pickle's bytes. */
  byte[] end() {
    bytes.write('u');
    bytes.write('b');
    bytes.write('.');
    return bytes.toByteArray();
  }

  private void list(String builder, Runnable elements) {
    global("torch.jit._pickle", builder);
    bytes.write(']');
    bytes.write('(');
    elements.run();
    bytes.write('e');
    bytes.write(ONE_TUPLE);
    bytes.write('R');
  }

  private void real(double value) {
    bytes.write('G');
    bytes.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
  }

  private void integer(long value) {
    bytes.write(LONG);
    bytes.write(Long.BYTES);
    bytes.writeBytes(littleEndian(Long.BYTES).putLong(value).array());
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    bytes.write('X');
    bytes.writeBytes(littleEndian(Integer.BYTES).putInt(utf8.length).array());
    bytes.writeBytes(utf8);
  }

  private void global(String module, String name) {
    bytes.write('c');
    bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
