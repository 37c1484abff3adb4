package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class AlternatingRunsTest {
  @Test
  void runsInTurnAndMeasuresOnlyAfterTheWarmUp() throws Exception {
    var order = new ArrayList<String>();
    var medians =
        new AlternatingRuns()
            .add("ours", () -> order.add("ours"))
            .add("limit", () -> order.add("limit"))
            .medianSeconds(1, 2);
    assertThat(order).containsExactly("ours", "limit", "ours", "limit", "ours", "limit");
    assertThat(medians).containsOnlyKeys("ours", "limit");
  }

  @Test
  void theMedianIsTheMiddleOne() {
    assertThat(AlternatingRuns.median(new double[] {9, 1, 2})).isEqualTo(2);
    assertThat(AlternatingRuns.median(new double[] {9, 1, 2, 4})).isEqualTo(3);
  }
}
