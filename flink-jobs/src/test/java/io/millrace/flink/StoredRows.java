package io.millrace.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.store.WindowRange;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/** Looks at what a store holds of {@link Transitions}. */
public final class StoredRows {
  private StoredRows() {}

  /**
   * Checks that the store holds each of the transitions 0 to count - 1 once, each with its own
   * numbers, and no row of the topic twice.
   */
  public static void assertHoldsEachOnce(Path store, StreamSpec spec, int count)
      throws IOException {
    try (var reader = ReplayStore.open(new StoreLayout(store), "test-" + UUID.randomUUID())) {
      reader.follow();
      assertThat(reader.rows()).isEqualTo(count);
      try (var window = reader.window(new WindowRange.LastRows(count))) {
        var numbers = new BitSet(count);
        var places = new TreeMap<Integer, BitSet>();
        for (int i = 0; i < count; i++) {
          long number = window.episodeIds().get(i) * 200 + window.steps().get(i);
          assertThat(number).isBetween(0L, count - 1L);
          assertThat(numbers.get((int) number))
              .as("transition %d is there twice", number)
              .isFalse();
          numbers.set((int) number);
          places
              .computeIfAbsent(window.partitions().get(i), partition -> new BitSet())
              .set(Math.toIntExact(window.offsets().get(i)));
          if (number % 97 == 0) {
            assertHolds(window, i, spec, number);
          }
        }
        assertThat(numbers.cardinality()).isEqualTo(count);
        assertThat(places.values().stream().mapToInt(BitSet::cardinality).sum()).isEqualTo(count);
      }
    }
  }

  private static void assertHolds(
      io.millrace.store.Window window, int row, StreamSpec spec, long number) {
    var expected = Transitions.of(spec, number);
    assertThat(window.policyId(row)).isEqualTo(expected.getPolicyId());
    assertThat(window.policyRevisions().get(row)).isEqualTo(expected.getPolicyRevision());
    assertThat(window.eventTimes().get(row)).isEqualTo(expected.getEventTimeMicros());
    assertThat(window.rewards().get(row)).isEqualTo(expected.getReward());
    assertThat(window.terminated().get(row)).isEqualTo(expected.getTerminated() ? 1 : 0);
    assertThat(window.truncated().get(row)).isEqualTo(expected.getTruncated() ? 1 : 0);
    assertThat(window.behaviourLogProbabilities().get(row))
        .isEqualTo(
            Float.valueOf(
                expected.hasBehaviourLogProbability()
                    ? expected.getBehaviourLogProbability()
                    : Float.NaN));
    assertRow(window.observations(), row, expected.getObservationList());
    assertRow(window.actions(), row, expected.getActionList());
    assertRow(window.nextObservations(), row, expected.getNextObservationList());
  }

  private static void assertRow(FloatBuffer column, int row, List<Float> expected) {
    var numbers = new float[expected.size()];
    column.duplicate().position(row * numbers.length).get(numbers);
    assertThat(numbers).containsExactly(expected.toArray(Float[]::new));
  }
}
