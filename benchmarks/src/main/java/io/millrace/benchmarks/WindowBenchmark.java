package io.millrace.benchmarks;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Column;
import io.millrace.store.ManifestLog;
import io.millrace.store.ReaderConfig;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.store.Window;
import io.millrace.store.WindowRange.LastRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast rows of a warm store become a window, beside the limit: copying the same bytes from
 * memory to memory on as many threads.
 *
 * <p>The rows are episodes of a random walk, so a next observation is the next row's observation,
 * as in a log, and the store compresses it. What an update reads is loaded (state, action, reward,
 * next state, terminated): at observation 17 and action 6, 42 floats a row. Once from the block
 * cache, once with no block cache, so that every block is read from the page cache and
 * decompressed.
 */
@Command(
    name = "window",
    description = "Rows a second from a warm store into a window, beside a plain copy in memory.")
final class WindowBenchmark extends StoreBenchmark {
  private static final int WARM_UP_ROUNDS = 2;

  @Mixin private RowSizes rowSizes;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--block-cache-mib",
      description = "Default: what a reader takes by default, an eighth of the memory.")
  private Integer blockCacheMib;

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "How often each is measured. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  WindowBenchmark() {
    super(5_000_000, "window-store");
  }

  @Override
  RowSizes rowSizes() {
    return rowSizes;
  }

  @Override
  Map<String, Object> measure(StoreLayout layout, StreamSpec spec) throws Exception {
    int rows = rows();
    long storedBytes = storedBytes(layout);
    long cacheBytes =
        blockCacheMib == null ? ReaderConfig.DEFAULT.blockCacheBytes() : (long) blockCacheMib << 20;
    try (var cached = ReplayStore.open(layout, "cached", new ReaderConfig(threads, cacheBytes));
        var uncached = ReplayStore.open(layout, "uncached", new ReaderConfig(threads, 0));
        var window = Window.allocate(spec, Column.TRANSITION, rows)) {
      var copy =
          List.copyOf(Column.TRANSITION).stream()
              .map(column -> ByteBuffer.allocateDirect(rows * column.bytes(spec)))
              .toArray(ByteBuffer[]::new);
      double followSeconds = seconds(cached::follow);
      uncached.follow();
      note("reading %,d times %,d rows", rounds, rows);
      var all = new LastRows(rows);
      var medians =
          new AlternatingRuns()
              .add("cached", () -> cached.read(all, window))
              .add("uncached", () -> uncached.read(all, window))
              .add("copy", () -> copy(window, copy))
              .medianSeconds(WARM_UP_ROUNDS, rounds);
      var found = new LinkedHashMap<String, Object>();
      rowSizes.describe(found);
      found.put("threads", threads);
      found.put("windowBytesPerRow", windowBytesPerRow(spec));
      found.put("storedBytesPerRow", storedBytes / (double) rows);
      found.put("blockCacheBytes", cacheBytes);
      found.put("rowsPerSecond", rows / medians.get("cached"));
      found.put("withoutBlockCacheRowsPerSecond", rows / medians.get("uncached"));
      found.put("memoryCopyRowsPerSecond", rows / medians.get("copy"));
      found.put("ratio", medians.get("copy") / medians.get("cached"));
      found.put("withoutBlockCacheRatio", medians.get("copy") / medians.get("uncached"));
      found.put("followSeconds", followSeconds);
      return found;
    }
  }

  /** The limit: the same bytes, on as many threads, each a part of every column. */
  private void copy(Window from, ByteBuffer[] to) throws InterruptedException {
    var workers = new Thread[threads];
    var columns = List.copyOf(Column.TRANSITION);
    for (int i = 0; i < threads; i++) {
      int part = i;
      workers[i] =
          new Thread(
              () -> {
                for (int column = 0; column < to.length; column++) {
                  var source = from.bytes(columns.get(column));
                  int start = (int) ((long) source.capacity() * part / threads);
                  int end = (int) ((long) source.capacity() * (part + 1) / threads);
                  to[column].put(start, source, start, end - start);
                }
              });
      workers[i].start();
    }
    for (var worker : workers) {
      worker.join();
    }
  }

  private static double seconds(AlternatingRuns.Run run) throws Exception {
    long start = System.nanoTime();
    run.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static int windowBytesPerRow(StreamSpec spec) {
    return Column.TRANSITION.stream().mapToInt(column -> column.bytes(spec)).sum();
  }

  private static long storedBytes(StoreLayout layout) throws IOException {
    return ManifestLog.open(layout).after(0).stream()
        .flatMap(manifest -> manifest.getSegmentsList().stream())
        .mapToLong(segment -> segment.getSizeBytes())
        .sum();
  }
}
