package io.millrace.app.fleet;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Returns of whole episodes by the policy revision that acted in them. Thread-safe. */
public final class RevisionReturns {
  private final Map<Long, Sums> byRevision = new TreeMap<>();

  /**
   * The returns of one revision.
   *
   * @param revision 1, 2, 3, …
   * @param episodes whole episodes
   * @param mean return of an episode
   * @param standardDeviation of the returns
   */
  public record RevisionReturn(
      long revision, int episodes, double mean, double standardDeviation) {}

  /** Adds the return of a whole episode. */
  public synchronized void add(long revision, double episodeReturn) {
    byRevision.computeIfAbsent(revision, key -> new Sums()).add(episodeReturn);
  }

  /** Whole episodes of a revision so far. */
  public synchronized int episodes(long revision) {
    var sums = byRevision.get(revision);
    return sums == null ? 0 : sums.count;
  }

  /** All revisions that finished an episode, in order. */
  public synchronized List<RevisionReturn> toList() {
    return byRevision.entrySet().stream()
        .map(entry -> entry.getValue().of(entry.getKey()))
        .toList();
  }

  private static final class Sums {
    private int count;
    private double sum;
    private double sumOfSquares;

    void add(double value) {
      count++;
      sum += value;
      sumOfSquares += value * value;
    }

    RevisionReturn of(long revision) {
      double mean = sum / count;
      double variance = Math.max(0, sumOfSquares / count - mean * mean);
      return new RevisionReturn(revision, count, mean, Math.sqrt(variance));
    }
  }
}
