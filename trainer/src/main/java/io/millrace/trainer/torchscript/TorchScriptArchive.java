package io.millrace.trainer.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source text into the archive that {@code torch.jit.load} reads, so that no
 * Python is needed to make a module.
 *
 * <pre>
 * model/data.pkl                  pickle, protocol 2: an instance of __torch__.FILE.CLASS and its attributes
 * model/code/__torch__/FILE.py    the source, one entry for each file
 * model/constants.pkl             pickle of the empty tuple
 * model/version                   3
 * model/byteorder                 little
 * </pre>
 *
 * Entries are stored uncompressed, their data on 64-byte boundaries, with a fixed time: equal input
 * gives equal bytes. A function {@code f} of file {@code FILE} is called {@code __torch__.FILE.f}
 * in the source. The class must declare {@code training : bool} and each attribute with its type.
 *
 * <p>Source of the format: {@code torch/csrc/jit/serialization/docs/serialization.md} of PyTorch.
 */
public final class TorchScriptArchive {
  private static final int ALIGNMENT_BYTES = 64;
  private static final int LOCAL_HEADER_BYTES = 30;

  /** Not the first moment of 1980: for that one, java.util.zip adds a field in local time. */
  private static final LocalDateTime ENTRY_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  private static final byte[] EMPTY_TUPLE_PICKLE = {(byte) 0x80, 2, ')', '.'};

  private final String file;
  private final String className;
  private final Map<String, String> sources;
  private final Map<String, Object> attributes;

  /**
   * An archive of one module.
   *
   * @param file the source file that holds the module's class
   * @param className the class, derived from {@code Module}
   * @param sources the text of each file, by its name without {@code .py}
   * @param attributes values of the class's attributes: {@code Long} (int), {@code Double} (float),
   *     {@code Boolean} (bool), {@code String} (str), {@code long[]} (List[int]) or {@code
   *     double[]} (List[float])
   * @throws IllegalArgumentException if {@code file} is not among the sources or an attribute is of
   *     another type
   */
  public TorchScriptArchive(
      String file, String className, Map<String, String> sources, Map<String, Object> attributes) {
    if (!sources.containsKey(file)) {
      throw new IllegalArgumentException(
          "no source '" + file + "' for class " + className + " among " + sources.keySet());
    }
    this.file = file;
    this.className = className;
    this.sources = new LinkedHashMap<>(sources);
    this.attributes = new LinkedHashMap<>(attributes);
    this.attributes.forEach(
        (name, value) -> {
          if (!(value instanceof Long
              || value instanceof Double
              || value instanceof Boolean
              || value instanceof String
              || value instanceof long[]
              || value instanceof double[])) {
            throw new IllegalArgumentException(
                "attribute "
                    + name
                    + ": expected Long, Double, Boolean, String, long[] or double[], got "
                    + value);
          }
        });
  }

  /** The class as libtorch knows it, {@code __torch__.FILE.CLASS}. */
  public String qualifiedName() {
    return "__torch__." + file + "." + className;
  }

  /** The archive's bytes. */
  public byte[] bytes() {
    var files = new LinkedHashMap<String, byte[]>();
    files.put("data.pkl", instancePickle());
    sources.forEach(
        (name, text) ->
            files.put("code/__torch__/" + name + ".py", text.getBytes(StandardCharsets.UTF_8)));
    files.put("constants.pkl", EMPTY_TUPLE_PICKLE);
    files.put("version", "3\n".getBytes(StandardCharsets.US_ASCII));
    files.put("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    return zip(files);
  }

  private byte[] instancePickle() {
    var pickle = new Pickle();
    pickle.instance("__torch__." + file, className);
    pickle.attribute("training", true);
    attributes.forEach(pickle::attribute);
    return pickle.end();
  }

  private static byte[] zip(Map<String, byte[]> files) {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        var entry = new ZipEntry("model/" + file.getKey());
        byte[] data = file.getValue();
        var crc = new CRC32();
        crc.update(data);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setCrc(crc.getValue());
        entry.setTimeLocal(ENTRY_TIME);
        zip.flush();
        entry.setExtra(padding(bytes.size() + LOCAL_HEADER_BYTES + entry.getName().length()));
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no memory stream fails", e);
    }
    return bytes.toByteArray();
  }

  /** An extra field "FB" that moves data which would start at {@code position} to a boundary. */
  private static byte[] padding(int position) {
    int header = 4;
    var extra = new byte[header + Math.floorMod(-(position + header), ALIGNMENT_BYTES)];
    extra[0] = 'F';
    extra[1] = 'B';
    extra[2] = (byte) (extra.length - header);
    return extra;
  }
}
