package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final int BATCH = 10;

  @Test
  void nothingIsDrawnBeforeTheFirstRowsAreThere() {
    var limiter = new RateLimiter(100, 0, 0, 1);
    assertThat(limiter.maySample(99, 0, BATCH)).isFalse();
    assertThat(limiter.maySample(100, 1_000_000, BATCH)).isTrue();
    assertThat(limiter.mayInsert(1 << 30, 0)).isTrue();
  }

  @Test
  void drawingStopsWhereItIsABandAheadAndGoesOnWithTheNextRows() {
    var limiter = new RateLimiter(100, 0, 4, 50);
    long samples = 0;
    while (limiter.maySample(120, samples, BATCH)) {
      samples += BATCH;
    }
    assertThat(samples).isEqualTo(20 * 4 + 50);
    assertThat(limiter.maySample(122, samples, BATCH)).isFalse();
    assertThat(limiter.maySample(123, samples, BATCH)).isTrue();
  }

  @Test
  void rowsWaitWhereDrawingIsABandBehind() {
    var limiter = new RateLimiter(100, 0, 4, 50);
    assertThat(limiter.mayInsert(112, 0)).isTrue();
    assertThat(limiter.mayInsert(113, 0)).isFalse();
    assertThat(limiter.mayInsert(113, BATCH)).isTrue();
  }

  @Test
  void twentyUpdatesARowAreKeptOnBothSides() {
    // RLPD: batches of 256, and 20 updates for each row after those of the log.
    int batch = 256;
    var limiter = new RateLimiter(50_000, 0, 20.0 * batch, 20L * batch);
    var random = new Random(1);
    long rows = 50_000;
    long updates = 0;
    for (int i = 0; i < 100_000; i++) {
      // Either side may be the faster one for a while.
      if (random.nextInt(1_000) < 500 + 400 * Math.sin(i / 3_000.0)) {
        rows += limiter.mayInsert(rows, updates * batch) ? 1 : 0;
      } else {
        updates += limiter.maySample(rows, updates * batch, batch) ? 1 : 0;
      }
      assertThat(updates)
          .as("%s rows", rows)
          .isBetween(20 * (rows - 50_000) - 2 * 20, 20 * (rows - 50_000) + 20);
    }
    assertThat(rows).isGreaterThan(51_000);
  }

  @Test
  void updatesOnTheLogComeFirstAndThenNothingIsOwed() {
    var limiter = new RateLimiter(100, 200, 4, 50);
    assertThat(limiter.maySample(99, 0, BATCH)).isFalse();
    assertThat(limiter.mayInsert(100, 0)).as("rows wait until the log was trained on").isFalse();
    long samples = 0;
    while (limiter.maySample(100, samples, BATCH)) {
      samples += BATCH;
    }
    assertThat(samples).isEqualTo(200 + 50);
    assertThat(limiter.mayInsert(100, 200)).isTrue();
    assertThat(limiter.maySample(103, samples, BATCH)).isTrue();
    assertThat(limiter.maySample(103, samples + BATCH, BATCH)).isFalse();
  }

  @Test
  void whereRowsMustWaitThereIsRoomToDraw() {
    var limiter = new RateLimiter(100, 0, 3.5, BATCH);
    for (long rows = 0; rows < 500; rows++) {
      for (long samples = 0; samples < 2_000; samples += BATCH) {
        assertThat(limiter.mayInsert(rows, samples) || limiter.maySample(rows, samples, BATCH))
            .as("%s rows, %s samples", rows, samples)
            .isTrue();
      }
    }
  }
}
