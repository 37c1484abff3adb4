package io.millrace.trainer;

import com.google.protobuf.ByteString;
import io.millrace.schemas.v1.RowsTaken;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.TrainerConfig.ValueGuard;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.checkpoint.StateDigest;
import io.millrace.trainer.journal.Journal;
import io.millrace.trainer.journal.TrainingHistory;
import io.millrace.trainer.journal.TrainingHistory.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Repeats a run from its journal and a store: the same rows at the same updates, to the same
 * parameters, later and elsewhere. Whatever the journal has a digest of is compared on the way.
 */
public final class JournalReplay {
  private static final int REPORT_UPDATES = 100;

  private final Path journal;
  private final TrainingHistory history;

  private JournalReplay(Path journal, TrainingHistory history) {
    this.journal = journal;
    this.history = history;
  }

  /**
   * What a repetition came to.
   *
   * @param update the last that the journal knows of
   * @param state after it
   * @param compared how many digests of the journal were compared, up to the first that differed
   * @param divergedAt the first update whose state was not that of the run, if any
   */
  public record Result(
      String runId, long update, LearnerState state, long compared, OptionalLong divergedAt) {

    /** SHA-256 of the state, as in the journal. */
    public byte[] stateSha256() {
      return StateDigest.sha256(state);
    }
  }

  /**
   * Reads the journal of a run.
   *
   * @param journal file of a trainer's work directory, or a copy
   * @throws IOException if it is not there, is no journal, or is damaged; the message names file
   *     and place
   */
  public static JournalReplay read(Path journal) throws IOException {
    var history = new TrainingHistory();
    Journal.read(journal, history::add);
    if (history.segments().isEmpty()) {
      throw new IOException(journal + ": has no record of the start of a run");
    }
    return new JournalReplay(journal, history);
  }

  /** Name of the run. */
  public String runId() {
    return history.runId();
  }

  /** The last update that the journal knows of. */
  public long lastUpdate() {
    return history.last().lastUpdate();
  }

  /**
   * How this machine differs from those that the run was on, a sentence each: what may make results
   * differ in the last bit.
   */
  public List<String> differencesOfMachine() {
    var here = Processor.environment();
    return history.environments().stream()
        .flatMap(there -> there.entrySet().stream())
        .distinct()
        .filter(entry -> !entry.getValue().equals(here.get(entry.getKey())))
        .sorted(Map.Entry.comparingByKey())
        .map(
            entry ->
                entry.getKey()
                    + ": the run was on "
                    + entry.getValue()
                    + ", this is "
                    + here.get(entry.getKey()))
        .toList();
  }

  /**
   * Repeats the run to the last update that its journal knows of.
   *
   * @param store with the rows of the run, at any place
   * @param reader name to read the store under
   * @param listener is told of the progress
   * @throws TrainerException if the store has not got the rows, or is another one
   * @throws IOException if the store cannot be read
   */
  public Result run(StoreLayout store, String reader, TrainerListener listener) throws IOException {
    return run(store, reader, listener, new LibtorchLearners());
  }

  Result run(StoreLayout layout, String reader, TrainerListener listener, LearnerFactory learners)
      throws IOException {
    try (var store = ReplayStore.open(layout, reader)) {
      return new Repetition(layout, store, listener, learners).repeat();
    }
  }

  /** One time that the run is repeated. */
  private final class Repetition {
    private final StoreLayout layout;
    private final ReplayStore store;
    private final TrainerListener listener;
    private final LearnerFactory learners;
    private final Progress progress = new Progress();
    private OptionalLong divergedAt = OptionalLong.empty();
    private long compared;
    private long samples;

    Repetition(
        StoreLayout layout, ReplayStore store, TrainerListener listener, LearnerFactory learners) {
      this.layout = layout;
      this.store = store;
      this.listener = listener;
      this.learners = learners;
    }

    Result repeat() throws IOException {
      Optional<LearnerState> state = Optional.empty();
      var segments = history.segments();
      for (int i = 0; i < segments.size(); i++) {
        var segment = segments.get(i);
        long end = i + 1 < segments.size() ? segments.get(i + 1).update() : segment.lastUpdate();
        state = Optional.of(repeat(segment, end, state));
      }
      var last = state.orElseThrow();
      return new Result(history.runId(), last.update(), last, compared, divergedAt);
    }

    private LearnerState repeat(Segment segment, long end, Optional<LearnerState> from)
        throws IOException {
      var learning =
          TrainerOptions.learning(journal.toString(), segment.learning(), history.spec());
      var digests = segment.stateDigests();
      try (var run = new TrainingRun(history.spec(), learning, ValueGuard.OFF, learners)) {
        take(run, segment.position());
        if (from.isPresent()) {
          run.goOnFrom(from.get());
        }
        var rows = new ArrayDeque<>(segment.rowsTaken());
        takeDue(run, rows);
        while (run.updates() < end) {
          run.update();
          samples += run.batchSize();
          compare(run, digests);
          takeDue(run, rows);
          report(run, end);
        }
        return run.exportState();
      }
    }

    private void takeDue(TrainingRun run, ArrayDeque<RowsTaken> rows) throws IOException {
      while (!rows.isEmpty() && rows.peek().getUpdate() <= run.updates()) {
        take(run, rows.remove().getPosition());
      }
    }

    private void take(TrainingRun run, StorePosition position) throws IOException {
      StoreCheck.follow(store, layout, position, history.spec(), journal.toString());
      run.take(store, position);
    }

    private void compare(TrainingRun run, Map<Long, ByteString> digests) {
      var expected = digests.get(run.updates());
      if (expected == null || divergedAt.isPresent()) {
        return;
      }
      compared++;
      var found = ByteString.copyFrom(StateDigest.sha256(run.exportState()));
      if (!found.equals(expected)) {
        divergedAt = OptionalLong.of(run.updates());
      }
    }

    private void report(TrainingRun run, long end) {
      if (run.updates() % REPORT_UPDATES == 0 || run.updates() == end) {
        listener.progressed(
            progress.reached(
                TrainerStatus.Phase.TRAINING,
                run,
                samples,
                store.position().getRows(),
                run.metrics()));
      }
    }
  }
}
