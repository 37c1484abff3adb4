package io.millrace.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.millrace.app.fleet.RevisionReturns.RevisionReturn;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoReportTest {
  private static final List<RevisionReturn> LEARNED =
      List.of(new RevisionReturn(1, 10, -1200, 300), new RevisionReturn(6, 20, -249.9, 100));

  @Test
  void aRunThatLostNothingAndLearnedHasNoViolations() {
    assertThat(report(1010, 1000, 10, 0, 6, LEARNED, true).violations()).isEmpty();
  }

  @Test
  void everyLostRowAndEveryDoubledOneIsAViolation() {
    assertThat(report(1011, 1000, 10, 0, 6, LEARNED, true).violations())
        .singleElement()
        .asString()
        .contains("1011")
        .contains("1000");
    assertThat(report(1010, 1000, 10, 1, 6, LEARNED, false).violations()).hasSize(1);
  }

  @Test
  void aLastRevisionThatIsNoBetterThanTheLimitIsAViolation() {
    assertThat(
            report(1, 1, 0, 0, 6, List.of(new RevisionReturn(6, 20, -250, 1)), true).violations())
        .singleElement()
        .asString()
        .contains("-250.0");
    assertThat(
            report(1, 1, 0, 0, 6, List.of(new RevisionReturn(6, 20, Double.NaN, 1)), true)
                .violations())
        .hasSize(1);
  }

  @Test
  void tooFewEpisodesOrRevisionsOrAnotherLastRevisionAreViolations() {
    assertThat(
            report(1, 1, 0, 0, 6, List.of(new RevisionReturn(6, 19, -100, 1)), true).violations())
        .hasSize(1);
    assertThat(report(1, 1, 0, 0, 7, LEARNED, true).violations()).hasSize(1);
    assertThat(
            report(1, 1, 0, 0, 4, List.of(new RevisionReturn(4, 20, -100, 1)), true).violations())
        .hasSize(1);
    assertThat(report(1, 1, 0, 0, 6, List.of(), true).violations()).hasSize(1);
  }

  @Test
  void aShortRunIsNotJudgedByItsReturns() {
    assertThat(report(1, 1, 0, 0, 0, List.of(), false).violations()).isEmpty();
  }

  @Test
  void theReportAsJsonHasTheNamesThatMachinesReadAndLeavesOutWhatIsNotKnown() throws Exception {
    var json =
        new ObjectMapper()
            .registerModule(new Jdk8Module())
            .valueToTree(report(1010, 1000, 10, 0, 6, LEARNED, true));
    assertThat(json.get("rowsProduced").longValue()).isEqualTo(1010);
    assertThat(json.get("rowsStored").longValue()).isEqualTo(1000);
    assertThat(json.get("rowsDeadLettered").longValue()).isEqualTo(10);
    assertThat(json.get("duplicates").longValue()).isZero();
    assertThat(json.get("updates").longValue()).isEqualTo(5000);
    assertThat(json.get("revisionsPublished").longValue()).isEqualTo(6);
    assertThat(json.get("revisionsApplied").longValue()).isEqualTo(6);
    assertThat(json.get("returns").get(1).get("revision").longValue()).isEqualTo(6);
    assertThat(json.get("returns").get(1).get("episodes").intValue()).isEqualTo(20);
    assertThat(json.get("returns").get(1).get("mean").doubleValue()).isEqualTo(-249.9);
    assertThat(json.get("violations")).isEmpty();
    assertThat(json.has("plot")).isFalse();
  }

  private static DemoReport report(
      long produced,
      long stored,
      long deadLettered,
      long duplicates,
      long revisions,
      List<RevisionReturn> returns,
      boolean learningExpected) {
    return new DemoReport(
        "d",
        0,
        300,
        produced,
        stored,
        deadLettered,
        duplicates,
        5000,
        100,
        Optional.of(0.5),
        revisions,
        revisions,
        0,
        returns,
        Optional.empty(),
        true,
        learningExpected);
  }
}
