package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.store.ReplayStore;
import io.millrace.store.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutstandingNumbersTest {
  private static final int ROWS = 200;

  @TempDir private Path directory;

  /** With rewards of 1, changed in some rows. */
  private String of(Consumer<Row> change, long... rows) throws IOException {
    var store = new GrowingStore(directory, 1);
    store.append(
        ROWS,
        row -> {
          row.reward = 1;
          change.accept(row);
        });
    try (var reader = ReplayStore.open(store.layout, "test")) {
      reader.follow();
      return OutstandingNumbers.of(reader, rows);
    }
  }

  private static long[] all() {
    return LongStream.range(0, ROWS).toArray();
  }

  @Test
  void numbersThatAreNotFiniteComeFirst() throws IOException {
    var found =
        of(
            row -> {
              if (row.offset == 7) {
                row.nextObservation[1] = Float.NaN;
              } else if (row.offset == 9) {
                row.action[0] = Float.NEGATIVE_INFINITY;
              } else if (row.offset == 11) {
                row.reward = 1e30f;
              }
            },
            all());
    assertThat(found)
        .startsWith("action[0] -Infinity of row 9, next_observation[1] NaN of row 7, reward 1.0E30")
        .endsWith("reward 1.0E30 of row 11 (1.00e+30 times the mean size of the others)");
  }

  @Test
  void aRowThatWasDrawnOftenStandsOutAsIfItWereDrawnOnce() throws IOException {
    var found =
        of(
            row -> {
              if (row.offset == 3) {
                row.reward = -5000;
              }
            },
            3,
            1,
            3,
            2,
            3,
            3);
    assertThat(found)
        .startsWith("reward -5000.0 of row 3 (5.00e+03 times the mean size of the others), ");
  }

  @Test
  void theOnlyNumberThatIsNot0StandsOut() throws IOException {
    var found = of(row -> row.reward = row.offset == 5 ? 4 : 0, all());
    assertThat(found).startsWith("reward 4.0 of row 5 (the others are 0), ");
  }

  @Test
  void onlyTheRowsAskedForAreLookedAt() throws IOException {
    assertThat(of(row -> row.reward = row.offset == 5 ? 1e30f : 1, 1, 2, 3))
        .doesNotContain("1.0E30");
    try (var reader = ReplayStore.open(new GrowingStore(directory, 1).layout, "other")) {
      reader.follow();
      assertThatThrownBy(() -> OutstandingNumbers.of(reader, new long[] {ROWS}))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
