package io.millrace.datasets;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;

/** Collects the steps of episodes that are played here into {@link LoggedEpisodes}. */
public final class EpisodeRecorder {
  private static final int INITIAL_ROWS = 1_024;

  final Numbers observations;
  final Numbers actions;
  final Numbers rewards = new Numbers(1);
  final Numbers nextObservations;
  final Numbers terminated = new Numbers(1);
  final Numbers truncated = new Numbers(1);
  final Numbers logProbabilities = new Numbers(1);
  long[] episodeIds = new long[INITIAL_ROWS];
  int[] steps = new int[INITIAL_ROWS];
  int rows;

  private final StreamSpec spec;
  private long episode;
  private int step;

  /**
   * A recorder without rows.
   *
   * @param spec of the rows; the name of its stream does not matter
   */
  public EpisodeRecorder(StreamSpec spec) {
    this.spec = spec;
    observations = new Numbers(spec.observationSize());
    actions = new Numbers(spec.actionSize());
    nextObservations = new Numbers(spec.observationSize());
  }

  /**
   * Adds a step; after one that is terminated or truncated the next episode begins. Episodes are
   * numbered from 0.
   *
   * @param observation before the action, [observation size]
   * @param action [action size]
   * @param logProbability of the action, NaN if it is not known
   * @param nextObservation after it, [observation size]
   * @throws IllegalArgumentException if an array is of another length
   */
  public void step(
      float[] observation,
      float[] action,
      double logProbability,
      float reward,
      float[] nextObservation,
      boolean isTerminated,
      boolean isTruncated) {
    observations.add(rows, observation);
    actions.add(rows, action);
    rewards.add(rows, reward);
    nextObservations.add(rows, nextObservation);
    terminated.add(rows, isTerminated ? 1 : 0);
    truncated.add(rows, isTruncated ? 1 : 0);
    logProbabilities.add(rows, (float) logProbability);
    if (rows == steps.length) {
      steps = Arrays.copyOf(steps, 2 * rows);
      episodeIds = Arrays.copyOf(episodeIds, 2 * rows);
    }
    steps[rows] = step++;
    episodeIds[rows] = episode;
    rows++;
    if (isTerminated || isTruncated) {
      episode++;
      step = 0;
    }
  }

  /** The steps so far. */
  public LoggedEpisodes episodes() {
    return new LoggedEpisodes(spec, this);
  }

  /** A column that grows. */
  static final class Numbers {
    private final int width;
    private float[] values;
    private int count;

    Numbers(int width) {
      this.width = width;
      values = new float[INITIAL_ROWS * width];
    }

    private void add(int row, float... numbers) {
      if (numbers.length != width) {
        throw new IllegalArgumentException(
            "row " + row + ": expected " + width + " numbers, got " + numbers.length);
      }
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      System.arraycopy(numbers, 0, values, count, width);
      count += width;
    }

    float[] toArray() {
      return Arrays.copyOf(values, count);
    }

    boolean[] toFlags() {
      var flags = new boolean[count];
      for (int i = 0; i < count; i++) {
        flags[i] = values[i] == 1;
      }
      return flags;
    }
  }
}
