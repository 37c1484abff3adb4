package io.millrace.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine.Option;

/** Options of a benchmark that trains once for each of some seeds, on a store of episodes. */
final class SeededRuns {
  @Option(names = "--seeds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--first-seed",
      defaultValue = "0",
      description = "The others follow it, so that a run can be split. Default: ${DEFAULT-VALUE}.")
  private int firstSeed;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--directory",
      description = "Where a store is made, and deleted again. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  /** With the store in this directory, unless the command line has another. */
  SeededRuns(Path directory) {
    this.directory = directory;
  }

  /** The seeds, in their order. */
  List<Integer> seeds() {
    return IntStream.range(firstSeed, firstSeed + seeds).boxed().toList();
  }

  int threads() {
    return threads;
  }

  Path directory() {
    return directory;
  }
}
