package io.millrace.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** Runs one benchmark by name. A new one is a subclass of {@link Benchmark}, listed here. */
@Command(
    name = "benchmarks/run",
    description = "Measures Millrace beside its peers and the physical limits.",
    synopsisSubcommandLabel = "NAME",
    subcommands = {
      WindowBenchmark.class,
      IngestBenchmark.class,
      UpdatesBenchmark.class,
      SamplingBenchmark.class,
      HistoryBenchmark.class,
      LearningBenchmark.class,
      OnlineBenchmark.class,
      AlgorithmsBenchmark.class,
      AlgorithmBenchmark.class,
      CartPoleBenchmark.class,
      HelpCommand.class
    })
public final class Benchmarks {
  private Benchmarks() {}

  /** Runs the benchmark named first, and ends the process with 0 if it came to its end. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Benchmarks());
  }
}
