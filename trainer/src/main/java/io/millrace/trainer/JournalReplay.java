package io.millrace.trainer;

import com.google.protobuf.ByteString;
import io.millrace.schemas.v1.RowsTaken;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.checkpoint.StateDigest;
import io.millrace.trainer.journal.Journal;
import io.millrace.trainer.journal.TrainingHistory;
import io.millrace.trainer.journal.TrainingHistory.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Repeats a run from its journal and a store: the same rows at the same updates, to the same
 * parameters, later and elsewhere. Whatever the journal has a digest of is compared on the way.
 */
public final class JournalReplay {
  private final ReplayStore store;
  private final TrainingHistory history;
  private final TrainerListener listener;
  private final LearnerFactory learners;
  private final Progress progress = new Progress();
  private OptionalLong divergedAt = OptionalLong.empty();
  private long compared;
  private long samples;

  private JournalReplay(
      ReplayStore store,
      TrainingHistory history,
      TrainerListener listener,
      LearnerFactory learners) {
    this.store = store;
    this.history = history;
    this.listener = listener;
    this.learners = learners;
  }

  /**
   * What a repetition came to.
   *
   * @param update the last that the journal knows of
   * @param state after it
   * @param compared how many digests of the journal were compared
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
   * Repeats a run to the last update that its journal knows of.
   *
   * @param journal file of a trainer's work directory, or a copy
   * @param store with the rows of the run, at any place
   * @param reader name to read the store under
   * @param listener is told of the progress
   * @throws TrainerException if the store has not got the rows
   * @throws IOException if journal or store cannot be read
   */
  public static Result run(Path journal, StoreLayout store, String reader, TrainerListener listener)
      throws IOException {
    return run(journal, store, reader, listener, new LibtorchLearners());
  }

  static Result run(
      Path journal,
      StoreLayout layout,
      String reader,
      TrainerListener listener,
      LearnerFactory learners)
      throws IOException {
    var history = new TrainingHistory();
    Journal.read(journal, history::add);
    try (var store = ReplayStore.open(layout, reader)) {
      return new JournalReplay(store, history, listener, learners).repeat(journal.toString());
    }
  }

  private Result repeat(String journal) throws IOException {
    Optional<LearnerState> state = Optional.empty();
    var segments = history.segments();
    for (int i = 0; i < segments.size(); i++) {
      var segment = segments.get(i);
      long end = i + 1 < segments.size() ? segments.get(i + 1).update() : segment.lastUpdate();
      state = Optional.of(repeat(journal, segment, end, state));
    }
    var last = state.orElseThrow();
    return new Result(history.runId(), last.update(), last, compared, divergedAt);
  }

  private LearnerState repeat(
      String journal, Segment segment, long end, Optional<LearnerState> from) throws IOException {
    var learning = TrainerOptions.learning(journal, segment.learning(), history.spec());
    var digests = segment.stateDigests();
    try (var run = new TrainingRun(history.spec(), learning, learners)) {
      take(run, segment.position());
      from.ifPresent(run::goOnFrom);
      var rows = new ArrayDeque<>(segment.rowsTaken());
      takeDue(run, rows);
      while (run.updates() < end) {
        run.update();
        samples += run.batchSize();
        compare(run, digests);
        takeDue(run, rows);
        report(run);
      }
      return run.learner().exportState();
    }
  }

  private void takeDue(TrainingRun run, ArrayDeque<RowsTaken> rows) throws IOException {
    while (!rows.isEmpty() && rows.peek().getUpdate() <= run.updates()) {
      take(run, rows.remove().getPosition());
    }
  }

  private void take(TrainingRun run, StorePosition position) throws IOException {
    store.follow(position.getManifestSequence());
    if (store.position().getManifestSequence() < position.getManifestSequence()) {
      throw new TrainerException(
          "the run was trained on manifest "
              + position.getManifestSequence()
              + ", and the store ends at "
              + store.position().getManifestSequence());
    }
    run.take(store, position);
  }

  private void compare(TrainingRun run, Map<Long, ByteString> digests) {
    var expected = digests.get(run.updates());
    if (expected == null || divergedAt.isPresent()) {
      return;
    }
    compared++;
    var found = ByteString.copyFrom(StateDigest.sha256(run.learner().exportState()));
    if (!found.equals(expected)) {
      divergedAt = OptionalLong.of(run.updates());
    }
  }

  private void report(TrainingRun run) {
    if (run.updates() % 100 == 0) {
      listener.progressed(
          progress.reached(
              TrainerStatus.Phase.TRAINING,
              run,
              samples,
              store.position().getRows(),
              run.learner().metrics().values()));
    }
  }
}
