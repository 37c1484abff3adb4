package io.millrace.trainer;

import io.millrace.kernels.VectorModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The processor of this machine: results are the same bit for bit on the same kind only. */
final class Processor {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** What of this machine results may depend on, by name. */
  static Map<String, String> environment() {
    return Map.of(
        "processor",
        name(),
        "os",
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        "java",
        System.getProperty("java.runtime.version"),
        "kernels",
        VectorModule.isPresent() ? "vectors of the JVM" : "none");
  }

  /** As Linux names it; elsewhere the architecture. */
  static String name() {
    try {
      if (Files.isReadable(CPU_INFO)) {
        return Files.readAllLines(CPU_INFO).stream()
            .filter(line -> line.startsWith("model name"))
            .findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .orElse(System.getProperty("os.arch"));
      }
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
    return System.getProperty("os.arch");
  }
}
