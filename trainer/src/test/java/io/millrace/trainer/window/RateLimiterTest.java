package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final int BATCH = 10;

  @Test
  void nothingIsDrawnBeforeTheFirstRowsAreThere() {
    var limiter = new RateLimiter(100, 0, 1);
    assertThat(limiter.maySample(99, 0, BATCH)).isFalse();
    assertThat(limiter.maySample(100, 1_000_000, BATCH)).isTrue();
    assertThat(limiter.mayInsert(1 << 30, 0)).isTrue();
  }

  @Test
  void drawingStopsWhereItIsABandAheadAndGoesOnWithTheNextRows() {
    var limiter = new RateLimiter(100, 4, 50);
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
    var limiter = new RateLimiter(100, 4, 50);
    assertThat(limiter.mayInsert(112, 0)).isTrue();
    assertThat(limiter.mayInsert(113, 0)).isFalse();
    assertThat(limiter.mayInsert(113, BATCH)).isTrue();
  }

  @Test
  void whereRowsMustWaitThereIsRoomToDraw() {
    var limiter = new RateLimiter(100, 3.5, BATCH);
    for (long rows = 0; rows < 500; rows++) {
      for (long samples = 0; samples < 2_000; samples += BATCH) {
        assertThat(limiter.mayInsert(rows, samples) || limiter.maySample(rows, samples, BATCH))
            .as("%s rows, %s samples", rows, samples)
            .isTrue();
      }
    }
  }
}
