package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryBenchmarkTest {
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
                "history",
                "--json",
                "--rows=3000",
                "--history-rows=512",
                "--observation=5",
                "--hidden=8,9",
                "--batch=16",
                "--updates=10",
                "--rounds=1",
                "--directory=" + store);
    assertThat(exitCode).isZero();
    var found = new ObjectMapper().readTree(out.toString());
    assertThat(found.get("benchmark").asText()).isEqualTo("history");
    assertThat(found.get("observation").asInt()).isEqualTo(5);
    assertThat(found.get("hidden")).extracting(JsonNode::asInt).containsExactly(8, 9);
    assertThat(found.get("shuffledUpdatesPerSecond").asDouble()).isPositive();
    assertThat(found.get("ratio").asDouble())
        .isCloseTo(
            found.get("shuffledUpdatesPerSecond").asDouble()
                / found.get("memoryUpdatesPerSecond").asDouble(),
            Percentage.withPercentage(.01));
    assertThat(store).doesNotExist();
  }
}
