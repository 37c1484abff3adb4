package io.millrace.trainer.algorithm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The arrays of a file that a script of {@code benchmarks/peers} wrote, by name. */
final class Fixture {
  private final Map<String, Values> values;

  private Fixture(Map<String, Values> values) {
    this.values = values;
  }

  /** An array of the fixture. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier; never compared
  record Values(Shape shape, double[] numbers) {}

  static Fixture read(String resource) throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        InputStream in =
            Objects.requireNonNull(Fixture.class.getResourceAsStream(resource), resource)) {
      var values = new HashMap<String, Values>();
      for (NDArray array : NDList.decode(manager, in)) {
        values.put(array.getName(), new Values(array.getShape(), array.toDoubleArray()));
      }
      return new Fixture(values);
    }
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  Values get(String key) {
    return Objects.requireNonNull(values.get(key), key);
  }

  /** The columns of a batch; one that is not in the file holds what it does unwritten. */
  List<Values> columns(String prefix) {
    int rows = Math.toIntExact(get(prefix + "reward").shape().get(0));
    return Stream.of(BatchColumn.values())
        .map(
            column ->
                values.getOrDefault(
                    prefix + column.name().toLowerCase(Locale.ROOT), unwritten(column, rows)))
        .toList();
  }

  private static Values unwritten(BatchColumn column, int rows) {
    var numbers = new double[rows];
    java.util.Arrays.fill(numbers, column.fill());
    return new Values(new Shape(rows), numbers);
  }
}
