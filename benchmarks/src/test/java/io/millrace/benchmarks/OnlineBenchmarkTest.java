package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnlineBenchmarkTest {
  @TempDir Path directory;

  private JsonNode run(String... arguments) throws IOException {
    var out = new StringWriter();
    int exitCode =
        Benchmarks.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(new StringWriter()))
            .execute(arguments);
    assertThat(exitCode).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void everySetupIsEvaluatedByRowsLoggedOnlineAndLeavesNothingBehind() throws IOException {
    var store = directory.resolve("store");
    var found =
        run(
            "online",
            "--json",
            "--setups=sac,rlpd,cql-sac-warm,cal-ql",
            "--offline-updates=3",
            "--online-rows=400",
            "--first-rows=200",
            "--updates-per-row=0.01",
            "--evaluation-rows=200",
            "--warm-rows=300",
            "--seeds=2",
            "--threads=1",
            "--directory=" + store);
    for (String setup : new String[] {"sac", "rlpd", "cql-sac-warm", "cal-ql"}) {
      var curve = found.get(setup + ".byRows");
      assertThat(curve.fieldNames()).toIterable().containsExactly("0", "200", "400");
      for (JsonNode point : curve) {
        assertThat(point.get("returns")).hasSize(2);
        assertThat(point.get("meanReturn").asDouble()).isBetween(-2_000.0, 0.0);
      }
      double change = found.get(setup + ".lowest").get("change").asDouble();
      double before = curve.get("0").get("meanReturn").asDouble();
      assertThat(change)
          .isCloseTo(
              Math.min(
                  curve.get("200").get("meanReturn").asDouble() - before,
                  curve.get("400").get("meanReturn").asDouble() - before),
              within(1e-6));
    }
    // Two updates for 200 rows, all of them while the policy of a warm start is held.
    assertThat(found.get("cql-sac-warm.byRows").get("200").get("meanReturn").asDouble())
        .isEqualTo(found.get("cql-sac-warm.byRows").get("0").get("meanReturn").asDouble());
    assertThat(found.get("cal-ql.byRows").get("200").get("meanReturn").asDouble())
        .isNotEqualTo(found.get("cal-ql.byRows").get("0").get("meanReturn").asDouble());
    assertThat(store).doesNotExist();
  }

  @Test
  void algorithmsLearnFromALogAsTheTrainerDrawsIt() throws IOException {
    var found =
        run(
            "learning",
            "--json",
            "--algorithms=bc,cal-ql",
            "--updates=3",
            "--seeds=2",
            "--threads=1",
            "--directory=" + directory.resolve("store"));
    var log = found.get("pendulum_replay");
    assertThat(log.get("rows").asInt()).isEqualTo(18_000);
    assertThat(log.get("bc.returns")).hasSize(2);
    assertThat(log.get("cal-ql.meanReturn").asDouble()).isBetween(-2_000.0, 0.0);
  }
}
