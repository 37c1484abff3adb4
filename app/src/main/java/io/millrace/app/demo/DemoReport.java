package io.millrace.app.demo;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.app.fleet.RevisionReturns.RevisionReturn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a demo did, once everything that was logged had been ingested.
 *
 * @param seconds from start to this report
 * @param rowsProduced records that the broker acknowledged: the recorded log's, the fleet's, and
 *     the malformed ones among them
 * @param rowsStored rows that a reader of the store counts
 * @param rowsDeadLettered records on the dead-letters topic
 * @param duplicates rows of the store whose offset, or episode and step, another row has
 * @param updates gradient updates
 * @param updatesPerSecond of the time that was spent on them
 * @param conservativeGap last measured, absent before the first measurement
 * @param revisionsPublished snapshots that the trainer published
 * @param revisionsApplied snapshots that the fleet's policy client took
 * @param revisionsRefused snapshots that it did not take
 * @param returns of whole episodes, by the revision that acted
 * @param plot picture of the returns, absent if there was nothing to draw or no way to draw it
 * @param completed whether the demo ran for as long as it was told to
 * @param learningExpected whether there was time to learn; if not, the last revision's return and
 *     the number of revisions may be what they are
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record DemoReport(
    String directory,
    long seed,
    double seconds,
    long rowsProduced,
    long rowsStored,
    long rowsDeadLettered,
    long duplicates,
    long updates,
    double updatesPerSecond,
    Optional<Double> conservativeGap,
    long revisionsPublished,
    long revisionsApplied,
    long revisionsRefused,
    List<RevisionReturn> returns,
    Optional<String> plot,
    boolean completed,
    boolean learningExpected) {
  /** Whole episodes that the last revision must have finished, so that its mean says something. */
  static final int EPISODES_OF_LAST_REVISION = 20;

  /** Revisions that a demo of full length must have published and applied. */
  static final int MIN_REVISIONS = 5;

  /** Mean return that the last revision of a demo of full length must exceed. */
  static final double MIN_RETURN = -250;

  public DemoReport {
    returns = List.copyOf(returns);
  }

  /** What does not hold of what has to; empty if all is well. */
  @JsonProperty
  public List<String> violations() {
    List<String> found = new ArrayList<>();
    if (rowsProduced != rowsStored + rowsDeadLettered) {
      found.add(
          "produced "
              + rowsProduced
              + " records, but stored "
              + rowsStored
              + " and dead-lettered "
              + rowsDeadLettered);
    }
    if (duplicates != 0) {
      found.add(duplicates + " rows are in the store twice");
    }
    if (revisionsRefused != 0) {
      found.add("the fleet refused " + revisionsRefused + " snapshots");
    }
    if (learningExpected) {
      addLearning(found);
    }
    return found;
  }

  private void addLearning(List<String> found) {
    if (revisionsPublished < MIN_REVISIONS || revisionsApplied < MIN_REVISIONS) {
      found.add(
          "published "
              + revisionsPublished
              + " revisions and applied "
              + revisionsApplied
              + ", expected "
              + MIN_REVISIONS
              + " or more of each");
    }
    if (returns.isEmpty()) {
      found.add("no episode was finished");
      return;
    }
    var last = returns.get(returns.size() - 1);
    if (last.revision() != revisionsPublished) {
      found.add(
          "the last revision is "
              + revisionsPublished
              + ", but the last to finish an episode is "
              + last.revision());
    }
    if (last.episodes() < EPISODES_OF_LAST_REVISION) {
      found.add(
          "the last revision finished "
              + last.episodes()
              + " episodes, expected "
              + EPISODES_OF_LAST_REVISION
              + " or more");
    }
    if (!(last.mean() > MIN_RETURN)) {
      found.add(
          String.format(
              Locale.ROOT,
              "the last revision's mean return is %.1f, expected more than %.0f",
              last.mean(),
              MIN_RETURN));
    }
  }
}
