package io.millrace.datasets;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an array of a NumPy file is, read before anything is allocated for it. Layout (NumPy
 * Enhancement Proposal 1, versions 1.0 and 2.0):
 *
 * <pre>
 * 0x93 "NUMPY" | major u8 | minor u8 | length u16 (2.0: u32) little-endian | a Python dict as text
 * {'descr': '&lt;f4', 'fortran_order': False, 'shape': (18000, 3), }
 * </pre>
 */
final class NpyHeader {
  private static final int MAX_TEXT_BYTES = 1 << 16;
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern TEXT =
      Pattern.compile(
          "\\{'descr': '([^']+)', 'fortran_order': (True|False), 'shape': \\(([0-9, ]*)\\), *\\}");
  private static final Pattern ITEM = Pattern.compile("[<>|=][a-zA-Z](\\d{1,9})");

  private final byte[] bytes;
  private final String dtype;
  private final boolean fortranOrder;
  private final long[] shape;

  private NpyHeader(byte[] bytes, String dtype, boolean fortranOrder, long[] shape) {
    this.bytes = bytes;
    this.dtype = dtype;
    this.fortranOrder = fortranOrder;
    this.shape = shape;
  }

  /**
   * Reads the header and leaves the stream at the first byte of the data.
   *
   * @throws DatasetFormatException with a reason to put behind the array's name
   */
  static NpyHeader read(InputStream in) throws IOException {
    try {
      return readFully(new DataInputStream(in));
    } catch (EOFException e) {
      throw new DatasetFormatException("ends within its header", e);
    }
  }

  private static NpyHeader readFully(DataInputStream in) throws IOException {
    var start = new byte[MAGIC.length + 2];
    in.readFully(start);
    if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new DatasetFormatException("is not a NumPy array: expected \\x93NUMPY first");
    }
    int major = start[MAGIC.length];
    if (major != 1 && major != 2) {
      throw new DatasetFormatException(
          "has NumPy format version " + major + ": expected 1 or 2 (plain numbers and text)");
    }
    var length = new byte[major == 1 ? Short.BYTES : Integer.BYTES];
    in.readFully(length);
    var little = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN);
    long textBytes =
        major == 1
            ? Short.toUnsignedLong(little.getShort())
            : Integer.toUnsignedLong(little.getInt());
    if (textBytes > MAX_TEXT_BYTES) {
      throw new DatasetFormatException(
          "has a header of " + textBytes + " bytes: expected at most " + MAX_TEXT_BYTES);
    }
    var text = new byte[(int) textBytes];
    in.readFully(text);
    var bytes = ByteBuffer.allocate(start.length + length.length + text.length);
    return parse(
        bytes.put(start).put(length).put(text).array(),
        new String(text, StandardCharsets.ISO_8859_1).strip());
  }

  private static NpyHeader parse(byte[] bytes, String text) throws DatasetFormatException {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new DatasetFormatException(
          "has a header that is not of one plain type: " + (text.length() > 200 ? "…" : text));
    }
    String[] sizes = matcher.group(3).isBlank() ? new String[0] : matcher.group(3).split(",");
    var shape = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      try {
        shape[i] = Long.parseLong(sizes[i].strip());
      } catch (NumberFormatException e) {
        throw new DatasetFormatException("has the shape (" + matcher.group(3) + ")", e);
      }
    }
    return new NpyHeader(bytes, matcher.group(1), "True".equals(matcher.group(2)), shape);
  }

  /** As it stands in the file, for a decoder that wants to read it too. */
  byte[] bytes() {
    return bytes;
  }

  /** NumPy's name of the type of an element: {@code <f4}, {@code |b1}, {@code <U12}. */
  String dtype() {
    return dtype;
  }

  /** The kind of an element, without byte order and size: {@code f}, {@code i}, {@code U}. */
  char kind() {
    return dtype.length() > 1 ? dtype.charAt(1) : '?';
  }

  /** The elements stand column by column, not row by row. */
  boolean fortranOrder() {
    return fortranOrder;
  }

  int dimensions() {
    return shape.length;
  }

  long size(int dimension) {
    return shape[dimension];
  }

  /**
   * Bytes of the data behind the header.
   *
   * @throws DatasetFormatException if the type has no fixed size, or the size is past all limits
   */
  long dataBytes() throws DatasetFormatException {
    Matcher item = ITEM.matcher(dtype);
    if (!item.matches()) {
      throw new DatasetFormatException("has elements of type " + dtype);
    }
    try {
      long bytes = Long.parseLong(item.group(1)) * (kind() == 'U' ? Integer.BYTES : 1);
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
      return bytes;
    } catch (ArithmeticException e) {
      throw new DatasetFormatException("has the shape " + Arrays.toString(shape), e);
    }
  }

  @Override
  public String toString() {
    return dtype + " " + Arrays.toString(shape);
  }
}
