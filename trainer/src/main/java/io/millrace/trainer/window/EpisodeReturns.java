package io.millrace.trainer.window;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Returns-to-go: of each row the discounted sum G = r + γ G' of the logged rewards from it to the
 * end of its episode, known once the episode's last row has come.
 *
 * <ul>
 *   <li>After a row that <em>terminated</em> nothing is added.
 *   <li>An episode that was <em>truncated</em> goes on out of sight: it is taken to earn for ever
 *       what it earned a row on average over its last 1 / (1 - γ) rows, as Cal-QL's code does for
 *       episodes that failed.
 *   <li>Rows before a step that is missing, and rows of an episode that has no end yet, have no
 *       return-to-go.
 * </ul>
 *
 * <p>Rows of episodes interleave; those of one episode come in order. What is known follows from
 * the rows in their order, and not from how they were cut.
 */
final class EpisodeReturns {
  /** Rewards held of episodes without an end; past it, the one that has been quiet longest goes. */
  static final int MAX_OPEN_ROWS = 1 << 24;

  private static final int INITIAL_ROWS = 64;

  private final double discount;
  private final int tailRows;
  private final int maxOpenRows;
  // In the order of their last row.
  private final Map<Long, Episode> open = new LinkedHashMap<>(16, 0.75f, true);
  private long openRows;

  /** Is told each return-to-go once. */
  @FunctionalInterface
  interface Known {
    void returned(long rowNumber, float returnToGo);
  }

  private static final class Episode {
    private long[] rowNumbers = new long[INITIAL_ROWS];
    private float[] rewards = new float[INITIAL_ROWS];
    private int rows;
    private int nextStep;

    void add(long rowNumber, int step, float reward) {
      if (rows == rewards.length) {
        rowNumbers = Arrays.copyOf(rowNumbers, 2 * rows);
        rewards = Arrays.copyOf(rewards, 2 * rows);
      }
      rowNumbers[rows] = rowNumber;
      rewards[rows++] = reward;
      nextStep = step + 1;
    }
  }

  EpisodeReturns(double discount) {
    this(discount, MAX_OPEN_ROWS);
  }

  EpisodeReturns(double discount, int maxOpenRows) {
    this.discount = discount;
    this.tailRows = (int) Math.min(Integer.MAX_VALUE, Math.round(1 / (1 - discount)));
    this.maxOpenRows = maxOpenRows;
  }

  /**
   * Takes rows in; every row of the store must come once, in order.
   *
   * @param firstRow number of the first of them in the store
   */
  void append(long firstRow, TransitionRows.Columns columns, Known known) {
    for (int i = 0; i < columns.rows; i++) {
      long id = columns.episodeIds.get(i);
      int step = columns.steps.get(i);
      var episode = open.computeIfAbsent(id, key -> new Episode());
      if (episode.rows > 0 && step != episode.nextStep) {
        openRows -= episode.rows;
        episode.rows = 0;
      }
      episode.add(firstRow + i, step, columns.rewards.get(i));
      openRows++;
      boolean terminated = columns.terminated.get(i) != 0;
      if (terminated || columns.truncated.get(i) != 0) {
        open.remove(id);
        openRows -= episode.rows;
        end(episode, terminated, known);
      }
      forgetQuietest();
    }
  }

  private void end(Episode episode, boolean terminated, Known known) {
    double sum = terminated ? 0 : tail(episode);
    for (int i = episode.rows - 1; i >= 0; i--) {
      sum = episode.rewards[i] + discount * sum;
      known.returned(episode.rowNumbers[i], (float) sum);
    }
  }

  private double tail(Episode episode) {
    int count = Math.min(tailRows, episode.rows);
    double sum = 0;
    for (int i = episode.rows - count; i < episode.rows; i++) {
      sum += episode.rewards[i];
    }
    return sum / count / (1 - discount);
  }

  private void forgetQuietest() {
    while (openRows > maxOpenRows) {
      var quietest = open.entrySet().iterator().next();
      openRows -= quietest.getValue().rows;
      open.remove(quietest.getKey());
    }
  }
}
