package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.List;

/** Compares a window with the rows that it must hold, bit by bit, in every column. */
final class WindowAssert {
  private WindowAssert() {}

  static void assertHolds(Window window, List<Row> expected) {
    assertThat(window.rows()).isEqualTo(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      var actual = text(row(window, i));
      if (!actual.equals(text(expected.get(i)))) {
        fail(
            "row %d of the window%n  is        %s%n  expected  %s",
            i, actual, text(expected.get(i)));
      }
    }
  }

  /** Every field of a row, floats by their bits. */
  static String text(Row row) {
    return row.partition
        + "/"
        + row.offset
        + " time "
        + row.eventTimeMicros
        + " episode "
        + row.episodeId
        + " step "
        + row.step
        + " policy "
        + row.policyId
        + " revision "
        + row.policyRevision
        + bits(row.observation)
        + bits(row.action)
        + bits(row.nextObservation)
        + bits(row.reward, row.behaviourLogProbability)
        + row.terminated
        + row.truncated;
  }

  private static Row row(Window window, int at) {
    var row = new Row(window.spec());
    row.partition = window.partitions().get(at);
    row.offset = window.offsets().get(at);
    row.eventTimeMicros = window.eventTimes().get(at);
    row.episodeId = window.episodeIds().get(at);
    row.step = window.steps().get(at);
    row.policyRevision = window.policyRevisions().get(at);
    row.policyId = window.policyId(at);
    window.observations().get(at * row.observation.length, row.observation);
    window.actions().get(at * row.action.length, row.action);
    window.nextObservations().get(at * row.nextObservation.length, row.nextObservation);
    row.reward = window.rewards().get(at);
    row.behaviourLogProbability = window.behaviourLogProbabilities().get(at);

    row.terminated = flag(window.terminated().get(at));
    row.truncated = flag(window.truncated().get(at));
    return row;
  }

  private static boolean flag(float value) {
    if (value != 0 && value != 1) {
      fail("a flag is %s", value);
    }
    return value == 1;
  }

  private static String bits(float... floats) {
    var bits = new int[floats.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(floats[i]));
    return Arrays.toString(bits);
  }
}
