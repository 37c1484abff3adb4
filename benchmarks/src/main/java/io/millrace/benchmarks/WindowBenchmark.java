package io.millrace.benchmarks;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Column;
import io.millrace.store.Commit;
import io.millrace.store.ManifestLog;
import io.millrace.store.ReaderConfig;
import io.millrace.store.ReplayStore;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.Window;
import io.millrace.store.WindowRange.LastRows;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import picocli.CommandLine.Command;
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
final class WindowBenchmark extends Benchmark {
  private static final int PARTITIONS = 4;
  private static final int ROWS_PER_CHECKPOINT = 500_000;
  private static final int STEPS_PER_EPISODE = 1000;
  private static final int WARM_UP_ROUNDS = 2;

  @Option(names = "--rows", defaultValue = "5000000", description = "Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--observation",
      defaultValue = "17",
      description = "Numbers in an observation. Default: ${DEFAULT-VALUE}.")
  private int observationSize;

  @Option(
      names = "--action",
      defaultValue = "6",
      description = "Numbers in an action. Default: ${DEFAULT-VALUE}.")
  private int actionSize;

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

  @Option(
      names = "--directory",
      defaultValue = "benchmarks/results/window-store",
      description = "Where the store is made, and deleted again. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  @Override
  Map<String, Object> measure() throws Exception {
    delete(directory);
    try {
      return measureIn(new StoreLayout(directory));
    } finally {
      delete(directory);
    }
  }

  private Map<String, Object> measureIn(StoreLayout layout) throws Exception {
    var spec = spec();
    note("writing %,d rows", rows);
    double writeSeconds = seconds(() -> write(layout, spec));
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
      found.put("rows", rows);
      found.put("observation", observationSize);
      found.put("action", actionSize);
      found.put("threads", threads);
      found.put("windowBytesPerRow", windowBytesPerRow(spec));
      found.put("storedBytesPerRow", storedBytes / (double) rows);
      found.put("blockCacheBytes", cacheBytes);
      found.put("rowsPerSecond", rows / medians.get("cached"));
      found.put("withoutBlockCacheRowsPerSecond", rows / medians.get("uncached"));
      found.put("memoryCopyRowsPerSecond", rows / medians.get("copy"));
      found.put("ratio", medians.get("copy") / medians.get("cached"));
      found.put("withoutBlockCacheRatio", medians.get("copy") / medians.get("uncached"));
      found.put("writeRowsPerSecond", rows / writeSeconds);
      found.put("followSeconds", followSeconds);
      return found;
    }
  }

  private StreamSpec spec() {
    var low = new float[actionSize];
    var high = new float[actionSize];
    Arrays.fill(low, -1);
    Arrays.fill(high, 1);
    return new StreamSpec("benchmark", observationSize, low, high);
  }

  private void write(StoreLayout layout, StreamSpec spec) throws IOException {
    var random = new SplittableRandom(1);
    var episodes = new ArrayList<Row>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      var row = new Row(spec);
      row.partition = partition;
      row.offset = -1;
      row.policyId = "benchmark";
      episodes.add(row);
    }
    var log = ManifestLog.open(layout);
    try (var writer = SegmentWriter.open(layout, spec, new WriterId("benchmark", 0, 0))) {
      for (int at = 0; at < rows; at++) {
        var row = episodes.get(at / STEPS_PER_EPISODE % PARTITIONS);
        step(row, at, random);
        writer.append(row);
        if ((at + 1) % ROWS_PER_CHECKPOINT == 0 || at + 1 == rows) {
          var batch = writer.finish();
          log.commit(
              new Commit("benchmark", 0, at, "benchmark", spec, batch.segments(), batch.sources()));
        }
      }
    }
  }

  private static void step(Row row, int at, SplittableRandom random) {
    row.offset++;
    row.step = at % STEPS_PER_EPISODE;
    row.episodeId = at / STEPS_PER_EPISODE;
    row.eventTimeMicros = 1_700_000_000_000_000L + 50L * at;
    System.arraycopy(row.nextObservation, 0, row.observation, 0, row.observation.length);
    for (int i = 0; i < row.nextObservation.length; i++) {
      row.nextObservation[i] = .99f * row.observation[i] + (float) random.nextDouble(-.05, .05);
    }
    for (int i = 0; i < row.action.length; i++) {
      row.action[i] = (float) random.nextDouble(-1, 1);
    }
    row.reward = (float) random.nextDouble(-1, 1);
    row.behaviourLogProbability = (float) random.nextDouble(-5, 1);
    row.truncated = row.step == STEPS_PER_EPISODE - 1;
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

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
