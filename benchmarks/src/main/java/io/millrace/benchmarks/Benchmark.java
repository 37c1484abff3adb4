package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A benchmark that {@code benchmarks/run} knows by name: measures, and prints what it found as one
 * JSON object or as lines.
 */
abstract class Benchmark implements Callable<Integer> {
  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec command;

  /**
   * Measures. Keys say what and in which unit ({@code rowsPerSecond}); ours, the peer's or the
   * limit's from the same run, and the ratio of the two.
   */
  abstract Map<String, Object> measure() throws Exception;

  /** Says on stderr what is going on. */
  final void note(String format, Object... arguments) {
    command.commandLine().getErr().printf(format + "%n", arguments);
    command.commandLine().getErr().flush();
  }

  /** The command line that it was called with. */
  final CommandLine commandLine() {
    return command.commandLine();
  }

  @Override
  public final Integer call() throws Exception {
    var found = new LinkedHashMap<String, Object>();
    found.put("benchmark", command.name());
    found.put("processors", Runtime.getRuntime().availableProcessors());
    // Others on the machine show here: a figure under load is a lower bound.
    found.put(
        "loadAverageBefore", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    found.putAll(measure());
    print(found, command.commandLine().getOut());
    return 0;
  }

  private void print(Map<String, Object> found, PrintWriter out) throws Exception {
    if (json) {
      out.println(
          new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(found));
    } else {
      found.forEach((key, value) -> out.printf("%-32s %s%n", key, value));
    }
    out.flush();
  }
}
