package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a user starts it, too short to learn but long enough for every part to work. */
class DemoIT {
  private static final Path LAUNCHER =
      Path.of("..", "bin", "millrace").toAbsolutePath().normalize();
  private static final long LIMIT_SECONDS = 240;

  @TempDir Path directory;
  private Process process;

  @AfterEach
  void end() {
    process.destroyForcibly();
  }

  @Test
  void everyRecordIsStoredOnceOrDeadLetteredAndPoliciesReachTheFleet() throws Exception {
    start("--duration", "220s", "--revisions", "2", "--json");
    var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    awaitExit();

    assertThat(out).as("one object and nothing else").hasLineCount(1);
    var report = new ObjectMapper().readTree(out);
    assertThat(strings(report.get("violations"))).isEmpty();
    assertThat(process.exitValue()).isZero();
    assertThat(report.get("completed").booleanValue()).isTrue();
    assertThat(report.get("rowsProduced").longValue())
        .isGreaterThan(18_000)
        .isEqualTo(
            report.get("rowsStored").longValue() + report.get("rowsDeadLettered").longValue());
    // One for every 1,000 recorded rows, and more of the fleet's.
    assertThat(report.get("rowsDeadLettered").longValue()).isGreaterThanOrEqualTo(18);
    assertThat(report.get("duplicates").longValue()).isZero();
    assertThat(report.get("updates").longValue()).isPositive();
    long revisions = report.get("revisionsPublished").longValue();
    assertThat(revisions).isGreaterThanOrEqualTo(2);
    assertThat(report.get("revisionsApplied").longValue()).isEqualTo(revisions);
    var last = report.get("returns").get(report.get("returns").size() - 1);
    assertThat(last.get("revision").longValue()).isEqualTo(revisions);
    assertThat(last.get("episodes").intValue()).isGreaterThanOrEqualTo(20);
    assertThat(last.get("mean").doubleValue()).isBetween(-2000.0, 0.0);

    var demo = directory.resolve("demo");
    assertThat(Files.readString(demo.resolve("returns.svg"))).contains("<svg");
    assertThat(demo.resolve("millrace.log")).isNotEmptyFile();
  }

  @Test
  void aSignalEndsItInOrderWithTheSummary() throws Exception {
    start("--duration", "300s");
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      while (line != null && !line.startsWith(" time")) {
        line = out.readLine();
      }
      assertThat(line).as("the status lines begin").isNotNull();
      // Not Process.destroy, which would close the stream as well.
      process.toHandle().destroy();
      var summary = String.join("\n", out.lines().toList());
      awaitExit();
      assertThat(summary).contains("records logged = ").contains("0 duplicates");
      assertThat(process.exitValue()).isZero();
    }
  }

  private void start(String... options) throws IOException {
    var command =
        Stream.of(
                List.of(LAUNCHER.toString(), "demo"),
                List.of("--directory", directory.resolve("demo").toString()),
                List.of(options))
            .flatMap(List::stream)
            .toList();
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("MILLRACE_BUILD", "never");
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    process = builder.start();
  }

  private void awaitExit() throws InterruptedException {
    assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
  }

  private static List<String> strings(JsonNode array) {
    return Stream.iterate(0, i -> i < array.size(), i -> i + 1)
        .map(i -> array.get(i).textValue())
        .toList();
  }
}
