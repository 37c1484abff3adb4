package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowBenchmarkTest {
  @TempDir Path directory;

  @Test
  void printsOneJsonObjectAndLeavesNothingBehind() throws IOException {
    var store = directory.resolve("store");
    var out = new StringWriter();
    int exitCode =
        Benchmarks.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(new StringWriter()))
            .execute(
                "window",
                "--json",
                "--rows",
                "3000",
                "--rounds",
                "1",
                "--block-cache-mib",
                "8",
                "--directory",
                store.toString());
    assertThat(exitCode).isZero();
    var found = new ObjectMapper().readTree(out.toString());
    assertThat(found.get("benchmark").asText()).isEqualTo("window");
    assertThat(found.get("rowsPerSecond").asDouble()).isPositive();
    assertThat(found.get("windowBytesPerRow").asInt()).isEqualTo(4 * 42);
    assertThat(found.get("ratio").asDouble())
        .isCloseTo(
            found.get("rowsPerSecond").asDouble() / found.get("memoryCopyRowsPerSecond").asDouble(),
            Percentage.withPercentage(.01));
    assertThat(store).doesNotExist();
  }
}
