package io.millrace.app.demo;

import io.millrace.app.fleet.RevisionReturns.RevisionReturn;
import io.millrace.app.terminal.Output;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The lines that a person watches. */
final class StatusTable {
  private static final String HEADER =
      String.format(
          "%5s  %8s  %8s  %6s  %8s  %6s  %8s  %8s  %s",
          "time", "logged", "stored", "dead", "updates", "/s", "gap", "revision", "mean return");

  private final Output output;
  private boolean begun;

  StatusTable(Output output) {
    this.output = output;
  }

  /**
   * One line.
   *
   * @param seconds since the start
   * @param logged records that the broker has
   * @param stored rows in the store
   * @param dead dead letters
   * @param gap conservative gap, if measured
   * @param revision last one published, 0 for none
   */
  void add(
      long seconds,
      long logged,
      long stored,
      long dead,
      long updates,
      double updatesPerSecond,
      Optional<Double> gap,
      long revision,
      List<RevisionReturn> returns) {
    if (!begun) {
      begun = true;
      output.line(HEADER);
    }
    output.line(
        String.format(
            Locale.ROOT,
            "%2d:%02d  %8d  %8d  %6d  %8d  %6.1f  %8s  %8d  %s",
            seconds / 60,
            seconds % 60,
            logged,
            stored,
            dead,
            updates,
            updatesPerSecond,
            gap.map(value -> String.format(Locale.ROOT, "%.3f", value)).orElse("-"),
            revision,
            newest(returns)));
  }

  /** Of the newest revision that has finished an episode. */
  private static String newest(List<RevisionReturn> returns) {
    if (returns.isEmpty()) {
      return "-";
    }
    var last = returns.get(returns.size() - 1);
    return String.format(
        Locale.ROOT,
        "%.0f (revision %d, %d episodes)",
        last.mean(),
        last.revision(),
        last.episodes());
  }
}
