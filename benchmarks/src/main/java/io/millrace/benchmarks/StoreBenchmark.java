package io.millrace.benchmarks;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.StoreLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** A benchmark on a store of a random walk's rows, which is there for the measurement only. */
abstract class StoreBenchmark extends Benchmark {
  @Option(names = "--rows", description = "Rows of the store. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--directory",
      description = "Where the store is made, and deleted again. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  /** With so many rows in a store of this name, unless the command line has others. */
  StoreBenchmark(int rows, String storeName) {
    this.rows = rows;
    this.directory = Path.of("benchmarks/results").resolve(storeName);
  }

  /** Rows of the store. */
  final int rows() {
    return rows;
  }

  /** Of the store's rows. */
  abstract RowSizes rowSizes();

  /** Gets ready what takes long or may fail, before the store is written. */
  void prepare() throws Exception {}

  /** Measures on the store, which has all its rows. */
  abstract Map<String, Object> measure(StoreLayout layout, StreamSpec spec) throws Exception;

  @Override
  final Map<String, Object> measure() throws Exception {
    prepare();
    var spec = rowSizes().stream();
    try (var scratch = new ScratchDirectory(directory)) {
      var layout = new StoreLayout(scratch.path());
      note("writing %,d rows", rows);
      long start = System.nanoTime();
      RandomWalkStore.write(layout, spec, rows);
      double writeSeconds = (System.nanoTime() - start) / 1e9;
      var found = new LinkedHashMap<String, Object>();
      found.put("rows", rows);
      found.putAll(measure(layout, spec));
      found.put("writeRowsPerSecond", rows / writeSeconds);
      return found;
    }
  }
}
