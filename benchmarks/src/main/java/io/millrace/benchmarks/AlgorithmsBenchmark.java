package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Every algorithm's updates a second, and its memory after few and after many updates: each in a
 * process of its own, so that the memory is its own. The heap of such a process is fixed and
 * touched at its start, so that what grows is the algorithm's.
 *
 * <p>Speed is that of some hundred updates at one size, memory that of many updates at a smaller
 * one; with the same sizes for both, one process measures both. As it goes on, stderr has the rows
 * of a table in Markdown.
 */
@Command(
    name = "algorithms",
    description =
        "Updates a second and memory of every algorithm, each in a process of its own: speed at one"
            + " size, memory over many updates at a smaller one.")
final class AlgorithmsBenchmark extends Benchmark {
  private static final double MIB = 1 << 20;

  /** Enough for batches and classes; fixed, so that the heap's part of the memory is the same. */
  private static final List<String> HEAP = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");

  @Option(names = "--algorithms", split = ",", description = "With commas between; default: all.")
  private List<String> algorithms = AlgorithmVariant.names();

  @Mixin private UpdateSizes sizes = new UpdateSizes(List.of(256, 256));

  @Option(
      names = "--warm-up-updates",
      defaultValue = "20",
      description = "Updates before speed is measured. Default: ${DEFAULT-VALUE}.")
  private int warmUpUpdates;

  @Option(
      names = "--speed-updates",
      defaultValue = "300",
      description = "Updates over which speed is measured. Default: ${DEFAULT-VALUE}.")
  private int speedUpdates;

  @Option(
      names = "--memory-hidden",
      split = ",",
      description =
          "Units of each hidden layer where memory is measured, with commas between."
              + " Default: ${DEFAULT-VALUE}.")
  private List<Integer> memoryHiddenSizes = List.of(64, 64);

  @Option(
      names = "--memory-batch",
      defaultValue = "64",
      description = "Rows of an update where memory is measured. Default: ${DEFAULT-VALUE}.")
  private int memoryBatchSize;

  @Option(
      names = "--memory-from",
      defaultValue = "500",
      description = "The update after which memory is read first. Default: ${DEFAULT-VALUE}.")
  private int memoryFrom;

  @Option(
      names = "--memory-to",
      defaultValue = "20000",
      description = "The update after which memory is read again. Default: ${DEFAULT-VALUE}.")
  private int memoryTo;

  @Override
  Map<String, Object> measure() throws Exception {
    // A name that is wrong is to be known before the first of them has run for minutes.
    algorithms.forEach(AlgorithmVariant::of);
    var found = new LinkedHashMap<String, Object>();
    sizes.describe(found);
    found.put("memoryHidden", memoryHiddenSizes);
    found.put("memoryBatch", memoryBatchSize);
    found.put("memoryFromUpdate", memoryFrom);
    found.put("memoryToUpdate", memoryTo);
    found.put("heap", String.join(" ", HEAP));
    noteHeader();
    for (String name : algorithms) {
      JsonNode memory = run(name, memoryHiddenSizes, memoryBatchSize, memoryFrom, memoryTo);
      JsonNode speed = memory;
      if (!hasOneSize()) {
        int to = warmUpUpdates + speedUpdates;
        speed = run(name, sizes.hiddenSizes(), sizes.batchSize(), warmUpUpdates, to);
      }
      put(found, name, speed, memory);
    }
    return found;
  }

  private boolean hasOneSize() {
    return sizes.hiddenSizes().equals(memoryHiddenSizes) && sizes.batchSize() == memoryBatchSize;
  }

  private JsonNode run(String name, List<Integer> hidden, int batch, int from, int to)
      throws IOException, InterruptedException {
    var arguments = new ArrayList<String>();
    arguments.add("algorithm");
    arguments.add(name);
    arguments.add("--json");
    arguments.add("--observation=" + sizes.rowSizes().observationSize());
    arguments.add("--action=" + sizes.rowSizes().actionSize());
    arguments.add(
        "--hidden=" + hidden.stream().map(Object::toString).collect(Collectors.joining(",")));
    arguments.add("--batch=" + batch);
    arguments.add("--threads=" + sizes.threads());
    arguments.add("--from=" + from);
    arguments.add("--to=" + to);
    return ChildBenchmark.run(HEAP, arguments);
  }

  private void put(Map<String, Object> found, String name, JsonNode speed, JsonNode memory) {
    double perSecond = speed.get("updatesPerSecond").asDouble();
    double memoryPerSecond = memory.get("updatesPerSecond").asDouble();
    long first = memory.get("residentBytesAfterFrom").asLong();
    long last = memory.get("residentBytesAfterTo").asLong();
    found.put(name + ".updatesPerSecond", perSecond);
    found.put(name + ".memoryUpdatesPerSecond", memoryPerSecond);
    found.put(name + ".residentBytesAfterFrom", first);
    found.put(name + ".residentBytesAfterTo", last);
    found.put(name + ".residentRatio", last / (double) first);
    note(
        "%s",
        String.format(
            Locale.ROOT,
            "| `%s` | %.1f | %.1f | %.0f | %.0f | %.3f |",
            name,
            perSecond,
            memoryPerSecond,
            first / MIB,
            last / MIB,
            last / (double) first));
  }

  private void noteHeader() {
    note(
        "| algorithm | updates/s (%s, batch %d) | updates/s (%s, batch %d) | MiB after %,d | MiB after"
            + " %,d | ratio |\n| --- | --- | --- | --- | --- | --- |",
        product(sizes.hiddenSizes()),
        sizes.batchSize(),
        product(memoryHiddenSizes),
        memoryBatchSize,
        memoryFrom,
        memoryTo);
  }

  private static String product(List<Integer> hidden) {
    return hidden.stream().map(Object::toString).collect(Collectors.joining("×"));
  }
}
