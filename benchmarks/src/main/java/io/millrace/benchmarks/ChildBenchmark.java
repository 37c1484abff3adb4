package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A benchmark in a process of its own, with this one's Java, classes and options. */
final class ChildBenchmark {
  /** What may be set by the code that started this process, and not on its command line. */
  private static final List<String> PROPERTIES = List.of("ai.djl.offline", "DJL_CACHE_DIR");

  private ChildBenchmark() {}

  /**
   * Runs one to its end; its stderr goes to this one's.
   *
   * @param options of the JVM, which win over this one's
   * @param arguments name and options of the benchmark; {@code --json} among them
   * @return what it printed
   * @throws IOException if it ended with another exit code than 0
   */
  static JsonNode run(List<String> options, List<String> arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    for (String name : PROPERTIES) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Benchmarks.class.getName());
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      process.getOutputStream().close();
      byte[] printed = process.getInputStream().readAllBytes();
      int exitCode = process.waitFor();
      if (exitCode != 0) {
        throw new IOException(String.join(" ", arguments) + " ended with " + exitCode);
      }
      return new ObjectMapper().readTree(new String(printed, StandardCharsets.UTF_8));
    } finally {
      process.destroyForcibly();
    }
  }
}
