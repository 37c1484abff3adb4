package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AlgorithmsBenchmarkTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    return Benchmarks.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  static List<String> names() {
    return AlgorithmVariant.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyAlgorithmRunsAndIsMeasuredBetweenTwoUpdates(String name) throws IOException {
    int exitCode =
        execute("algorithm", name, "--json", "--hidden=8", "--batch=16", "--from=2", "--to=5");
    assertThat(exitCode).as(err.toString()).isZero();
    var found = new ObjectMapper().readTree(out.toString());
    assertThat(found.get("algorithm").asText()).isEqualTo(name);
    assertThat(found.get("updatesPerSecond").asDouble()).isPositive();
    assertThat(found.get("residentBytesAfterTo").asLong()).isGreaterThan(1 << 20);
  }

  @Test
  void eachAlgorithmRunsInAProcessOfItsOwnAndBecomesARowOfATable() throws IOException {
    int exitCode =
        execute(
            "algorithms",
            "--json",
            "--algorithms=bc,cal-ql",
            "--hidden=16,16",
            "--batch=32",
            "--warm-up-updates=1",
            "--speed-updates=3",
            "--memory-hidden=8",
            "--memory-batch=16",
            "--memory-from=2",
            "--memory-to=20");
    assertThat(exitCode).as(err.toString()).isZero();
    var found = new ObjectMapper().readTree(out.toString());
    assertThat(found.get("memoryToUpdate").asInt()).isEqualTo(20);
    for (String name : new String[] {"bc", "cal-ql"}) {
      assertThat(found.get(name + ".updatesPerSecond").asDouble()).isPositive();
      // The heap that is the child's, and was touched.
      assertThat(found.get(name + ".residentBytesAfterFrom").asLong()).isGreaterThan(256L << 20);
      assertThat(found.get(name + ".residentRatio").asDouble())
          .isCloseTo(
              found.get(name + ".residentBytesAfterTo").asDouble()
                  / found.get(name + ".residentBytesAfterFrom").asDouble(),
              Percentage.withPercentage(.01));
      assertThat(err.toString()).contains("| `" + name + "` | ");
    }
    assertThat(err.toString())
        .contains("updates/s (16×16, batch 32) | updates/s (8, batch 16) | MiB after 2 |");
  }

  @Test
  void unknownAlgorithmIsNamedBeforeAnythingRuns() {
    assertThat(execute("algorithms", "--algorithms=bc,dqn")).isNotZero();
    assertThat(err.toString())
        .contains("expected one of [bc, td3-bc, ")
        .contains("got 'dqn'")
        .doesNotContain("| `bc`");
  }
}
