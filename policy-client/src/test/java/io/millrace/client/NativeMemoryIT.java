package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Sessions and tensors live outside of the heap: what is not closed shows in resident memory. */
@EnabledOnOs(OS.LINUX)
class NativeMemoryIT {
  @TempDir Path directory;

  @Test
  void swappingLeavesNothingBehind() throws Exception {
    long modelBytes = NativeMemoryProbe.HIDDEN * NativeMemoryProbe.HIDDEN * (long) Float.BYTES;
    assertThat(grownBytes("swap")).isLessThan(NativeMemoryProbe.SWAPS * modelBytes / 2);
  }

  @Test
  void actingLeavesNothingBehind() throws Exception {
    // A pair of runs puts two tensors in and gets three out.
    long tensorBytes = NativeMemoryProbe.ROWS * 2L * Float.BYTES;
    assertThat(grownBytes("act")).isLessThan(NativeMemoryProbe.RUNS * tensorBytes);
  }

  private long grownBytes(String work) throws Exception {
    Path result = directory.resolve(work);
    Path output = directory.resolve(work + ".log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                NativeMemoryProbe.class.getName(),
                work,
                result.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(() -> readable(output)).isZero();
    return Long.parseLong(Files.readString(result));
  }

  private static String readable(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
