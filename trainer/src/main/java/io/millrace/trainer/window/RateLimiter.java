package io.millrace.trainer.window;

/**
 * Keeps training and the stream in step: so many rows are drawn for each row that came in after the
 * first ones, give or take a band. The rule is that of Reverb's SampleToInsertRatio (Cassirer et
 * al. 2021, section 3.4), as a function of the two counters, so that there is nothing to restore
 * after a restart.
 *
 * @param minRows rows that must have come in before the first is drawn
 * @param firstSamples to be drawn from those rows alone
 * @param samplesPerRow 0: no limit but {@code minRows}
 * @param bandSamples how far drawing may be ahead of, or behind, firstSamples + (rows - minRows) ·
 *     samplesPerRow
 */
public record RateLimiter(long minRows, long firstSamples, double samplesPerRow, long bandSamples) {
  public RateLimiter {
    if (minRows < 1 || firstSamples < 0 || samplesPerRow < 0 || bandSamples < 1) {
      throw new IllegalArgumentException(
          "expected minRows >= 1, firstSamples >= 0, samplesPerRow >= 0, bandSamples >= 1, got "
              + minRows
              + ", "
              + firstSamples
              + ", "
              + samplesPerRow
              + ", "
              + bandSamples);
    }
  }

  /** Whether {@code count} more rows may be drawn, after so many came in and were drawn. */
  public boolean maySample(long rows, long samples, int count) {
    return rows >= minRows
        && (samplesPerRow == 0 || surplus(rows, samples) - count >= -bandSamples);
  }

  /** Whether more rows may come in: false if drawing is so far behind that they should wait. */
  public boolean mayInsert(long rows, long samples) {
    return rows < minRows || samplesPerRow == 0 || surplus(rows, samples) <= bandSamples;
  }

  /** Rows that could be drawn to be exactly in step; negative if drawing is ahead. */
  private double surplus(long rows, long samples) {
    return firstSamples + (rows - minRows) * samplesPerRow - samples;
  }
}
