package io.millrace.datasets;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.util.passthrough.PassthroughNDManager;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A NumPy {@code .npz}: a zip of {@code name.npy}. DJL decodes the numbers (without any engine);
 * the header is read here first, so that a wrong type or shape is told by name and nothing is
 * allocated that the file does not hold.
 */
final class NpzFile implements AutoCloseable {
  /** No array is larger: it bounds what a small file that unpacks to much can take. */
  static final long MAX_ARRAY_BYTES = 1L << 30;

  private static final String SUFFIX = ".npy";

  private final Path path;
  private final ZipFile zip;

  private NpzFile(Path path, ZipFile zip) {
    this.path = path;
    this.zip = zip;
  }

  /**
   * Opens the file.
   *
   * @throws DatasetFormatException if it is no zip
   */
  static NpzFile open(Path path) throws IOException {
    try {
      return new NpzFile(path, new ZipFile(path.toFile()));
    } catch (ZipException e) {
      throw new DatasetFormatException(path + ": not an .npz file: " + e.getMessage(), e);
    }
  }

  /** Names of all arrays, in the order of the file. */
  List<String> names() {
    var names = new ArrayList<String>();
    zip.stream()
        .map(ZipEntry::getName)
        .filter(name -> name.endsWith(SUFFIX))
        .forEach(name -> names.add(name.substring(0, name.length() - SUFFIX.length())));
    return names;
  }

  /**
   * The numbers of an array.
   *
   * @param expected its shape in words, for the message
   * @param dimensions that it must have
   * @throws DatasetFormatException if it is missing, is of another shape, or holds no numbers
   */
  Column column(String name, int dimensions, String expected) throws IOException {
    ZipEntry entry = zip.getEntry(name + SUFFIX);
    if (entry == null) {
      throw new DatasetFormatException(
          path + ": array '" + name + "' is missing: expected " + expected + "; has " + names());
    }
    return read(
        name,
        entry,
        (header, in) -> {
          if (header.dimensions() != dimensions) {
            throw new DatasetFormatException("is " + header + ": expected " + expected);
          }
          if (header.fortranOrder()) {
            throw new DatasetFormatException(
                "is in Fortran order: expected C order, as numpy.ascontiguousarray makes it");
          }
          if ("fiub".indexOf(header.kind()) < 0) {
            throw new DatasetFormatException(
                "is " + header + ": expected numbers or booleans, " + expected);
          }
          requireSize(header, entry);
          return new Column(path, name, header, numbers(header, in));
        });
  }

  /**
   * The text of an array of one string, such as a description of the data; empty if there is no
   * such array or it is anything else.
   */
  Optional<String> text(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name + SUFFIX);
    if (entry == null) {
      return Optional.empty();
    }
    return read(
        name,
        entry,
        (header, in) -> {
          if (header.dimensions() != 0 || !header.dtype().startsWith("<U")) {
            in.transferTo(OutputStream.nullOutputStream());
            return Optional.empty();
          }
          requireSize(header, entry);
          return Optional.of(text(in.readNBytes((int) header.dataBytes())));
        });
  }

  private <T> T read(String name, ZipEntry entry, Decoder<T> decoder) throws IOException {
    try (var in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
      T decoded = decoder.decode(NpyHeader.read(in), in);
      if (in.getChecksum().getValue() != entry.getCrc()) {
        throw new DatasetFormatException("is damaged: its checksum is not the one of the file");
      }
      return decoded;
    } catch (DatasetFormatException e) {
      throw new DatasetFormatException(path + ": array '" + name + "' " + e.getMessage(), e);
    } catch (ZipException | EOFException e) {
      throw new DatasetFormatException(
          path + ": array '" + name + "' cannot be unpacked: " + e.getMessage(), e);
    }
  }

  /** Four bytes a character, filled up with zeros. */
  private static String text(byte[] utf32) {
    var text = new StringBuilder();
    var characters = ByteBuffer.wrap(utf32).order(ByteOrder.LITTLE_ENDIAN);
    while (characters.hasRemaining()) {
      int character = characters.getInt();
      if (character != 0) {
        text.appendCodePoint(Character.isValidCodePoint(character) ? character : 0xFFFD);
      }
    }
    return text.toString();
  }

  private static void requireSize(NpyHeader header, ZipEntry entry) throws IOException {
    long expected = header.bytes().length + header.dataBytes();
    if (entry.getSize() != expected) {
      throw new DatasetFormatException(
          "is " + header + ", which takes " + expected + " bytes, but has " + entry.getSize());
    }
    if (expected > MAX_ARRAY_BYTES) {
      throw new DatasetFormatException(
          "is " + header + ", " + expected + " bytes: at most " + MAX_ARRAY_BYTES + " are read");
    }
  }

  private static NDArray numbers(NpyHeader header, InputStream data) throws IOException {
    try {
      var whole = new SequenceInputStream(new ByteArrayInputStream(header.bytes()), data);
      return NDList.decode(PassthroughNDManager.INSTANCE, whole).singletonOrThrow();
    } catch (IllegalArgumentException e) {
      if (e.getCause() instanceof IOException unreadable) {
        throw unreadable;
      }
      throw new DatasetFormatException("is " + header + ": cannot be decoded", e);
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  /** Makes a value of the bytes of an array, all of which it reads. */
  private interface Decoder<T> {
    T decode(NpyHeader header, InputStream data) throws IOException;
  }

  /** The numbers of one array, in the order of its elements, as the types that a row has. */
  static final class Column {
    private final Path path;
    private final String name;
    private final NpyHeader header;
    private final DataType type;
    private final ByteBuffer data;

    private Column(Path path, String name, NpyHeader header, NDArray array) {
      this.path = path;
      this.name = name;
      this.header = header;
      this.type = array.getDataType();
      this.data = array.toByteBuffer();
    }

    int rows() {
      return (int) header.size(0);
    }

    /** Elements a row; of an array of one dimension 1. */
    int width() {
      return header.dimensions() > 1 ? (int) header.size(1) : 1;
    }

    DatasetFormatException fault(String fault) {
      return new DatasetFormatException(path + ": array '" + name + "' (" + header + ") " + fault);
    }

    /** Rounds doubles to floats; what is finite must stay so. */
    float[] floats() throws DatasetFormatException {
      var values = new float[rows() * width()];
      for (int i = 0; i < values.length; i++) {
        double value = number(i);
        values[i] = (float) value;
        if (Float.isInfinite(values[i]) && !Double.isInfinite(value)) {
          throw fault("holds " + value + at(i) + ": expected what a float32 can hold");
        }
      }
      return values;
    }

    /** Integers that fit an {@code int} and are not negative. */
    int[] counts() throws DatasetFormatException {
      long[] wide = integers();
      var values = new int[wide.length];
      for (int i = 0; i < wide.length; i++) {
        if (wide[i] < 0 || wide[i] > Integer.MAX_VALUE) {
          throw fault("holds " + wide[i] + at(i) + ": expected 0 to " + Integer.MAX_VALUE);
        }
        values[i] = (int) wide[i];
      }
      return values;
    }

    long[] integers() throws DatasetFormatException {
      if (type.isFloating() || type.isBoolean()) {
        throw fault("expected integers");
      }
      var values = new long[rows() * width()];
      for (int i = 0; i < values.length; i++) {
        values[i] = integer(i);
      }
      return values;
    }

    /** Booleans, or numbers that are 0 or 1. */
    boolean[] flags() throws DatasetFormatException {
      var values = new boolean[rows() * width()];
      for (int i = 0; i < values.length; i++) {
        double value = number(i);
        if (value != 0 && value != 1) {
          throw fault("holds " + value + at(i) + ": expected false or true, 0 or 1");
        }
        values[i] = value == 1;
      }
      return values;
    }

    private String at(int element) {
      return " in row " + element / width();
    }

    private double number(int i) throws DatasetFormatException {
      return switch (type) {
        case FLOAT32 -> data.getFloat(i * Float.BYTES);
        case FLOAT64 -> data.getDouble(i * Double.BYTES);
        default -> integer(i);
      };
    }

    private long integer(int i) throws DatasetFormatException {
      return switch (type) {
        case INT64 -> data.getLong(i * Long.BYTES);
        case INT32 -> data.getInt(i * Integer.BYTES);
        case UINT32 -> Integer.toUnsignedLong(data.getInt(i * Integer.BYTES));
        case INT16 -> data.getShort(i * Short.BYTES);
        case UINT16 -> Short.toUnsignedLong(data.getShort(i * Short.BYTES));
        case INT8, BOOLEAN -> data.get(i);
        case UINT8 -> Byte.toUnsignedLong(data.get(i));
        default -> throw fault("expected float32, float64, an integer type or bool");
      };
    }
  }
}
