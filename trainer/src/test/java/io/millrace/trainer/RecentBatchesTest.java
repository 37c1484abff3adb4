package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentBatchesTest {
  private static long[] rows(long update) {
    return new long[] {10 * update, 10 * update + 1, 10 * update};
  }

  @Test
  void remembersTheLastUpdatesAndForgetsThoseBefore() {
    var recent = new RecentBatches(3);
    long last = 2L * recent.updates() + 5;
    for (long update = 1; update <= last; update++) {
      recent.add(update, rows(update));
    }
    for (long update = last - recent.updates() + 1; update <= last; update++) {
      assertThat(recent.rows(update)).hasValue(rows(update));
    }
    assertThat(recent.rows(last - recent.updates())).isEmpty();
    assertThat(recent.rows(last + 1)).isEmpty();
  }

  @Test
  void aRunThatGoesOnElsewhereForgetsWhatItSawBefore() {
    var recent = new RecentBatches(3);
    recent.add(1, rows(1));
    recent.add(2, rows(2));
    recent.add(20, rows(20));
    recent.add(21, rows(21));
    assertThat(recent.rows(2)).isEmpty();
    assertThat(recent.rows(19)).isEmpty();
    assertThat(recent.rows(20)).hasValue(rows(20));
    assertThat(recent.rows(21)).hasValue(rows(21));
  }

  @Test
  void memoryIsBoundedForTheLargestBatches() {
    assertThat(new RecentBatches(1 << 20).updates()).isEqualTo(4);
    assertThat(new RecentBatches(256).updates()).isEqualTo(1_000);
  }
}
