package io.millrace.trainer;

import com.google.protobuf.ByteString;
import io.millrace.config.Option;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.CheckpointHeader;
import io.millrace.schemas.v1.JournalRecord;
import io.millrace.schemas.v1.RowsTaken;
import io.millrace.schemas.v1.StateReached;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.schemas.v1.TrainingRewound;
import io.millrace.schemas.v1.TrainingStarted;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.checkpoint.Checkpoint;
import io.millrace.trainer.checkpoint.CheckpointDirectory;
import io.millrace.trainer.journal.Journal;
import io.millrace.trainer.journal.TrainingHistory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run keeps on disk, and where it goes on from after a restart.
 *
 * <pre>
 * directory/
 *   lock           held by the trainer that uses the directory
 *   journal        see {@link Journal}
 *   checkpoints/   see {@link CheckpointDirectory}
 * </pre>
 *
 * <p>What was recorded after the newest checkpoint is repeated: the same rows at the same updates
 * come to the same parameters. If the options have changed, it is rewound instead: training goes on
 * from the checkpoint with the new ones.
 */
final class WorkDirectory implements AutoCloseable {
  static final String JOURNAL = "journal";
  private static final Logger LOG = LoggerFactory.getLogger(WorkDirectory.class);

  private static final List<Option<?>> OF_THE_STATE =
      List.of(
          AlgorithmOptions.ALGORITHM,
          TrainerOptions.HIDDEN_SIZES,
          AlgorithmOptions.CRITICS,
          AlgorithmOptions.CRITIC_LAYER_NORM,
          SamplingOptions.NORMALISE_OBSERVATIONS,
          SamplingOptions.NORMALISE_REWARDS);

  private final StreamSpec spec;
  private final TrainerConfig.Learning learning;
  private final FileChannel lock;
  private final CheckpointDirectory checkpoints;
  private final Journal journal;
  private final TrainingHistory history;
  private final Optional<Checkpoint> newest;
  private final long recordedUpdate;

  private WorkDirectory(
      TrainerConfig config,
      FileChannel lock,
      CheckpointDirectory checkpoints,
      Journal journal,
      TrainingHistory history,
      Optional<Checkpoint> newest) {
    this.spec = config.spec();
    this.learning = config.learning();
    this.lock = lock;
    this.checkpoints = checkpoints;
    this.journal = journal;
    this.history = history;
    this.newest = newest;
    this.recordedUpdate = history.last().lastUpdate();
  }

  /**
   * Takes the directory, and makes it if it is not there.
   *
   * @throws TrainerException if another trainer has it, or what is in it is of another stream,
   *     algorithm or network
   */
  static WorkDirectory open(TrainerConfig config) throws IOException {
    var directory = config.directory();
    Files.createDirectories(directory);
    var lock = lock(directory);
    try {
      var checkpoints =
          CheckpointDirectory.open(directory.resolve("checkpoints"), config.checkpointing().kept());
      var newest = checkpoints.newest();
      var history = new TrainingHistory();
      var file = directory.resolve(JOURNAL);
      if (Files.exists(file)) {
        var journal = Journal.open(file, history::add);
        try {
          check(config, history, newest);
          rewindIfNeeded(config, journal, history, newest);
          return new WorkDirectory(config, lock, checkpoints, journal, history, newest);
        } catch (IOException | RuntimeException e) {
          journal.close();
          throw e;
        }
      }
      if (newest.isPresent()) {
        throw new TrainerException(
            directory
                + ": there are checkpoints and no journal; put the file back, or begin in another"
                + " trainer.directory");
      }
      var first = started(config);
      history.add(first);
      return new WorkDirectory(
          config, lock, checkpoints, Journal.create(file, first), history, newest);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  String runId() {
    return history.runId();
  }

  /** What to go on from; empty: from the beginning. */
  Optional<Checkpoint> checkpoint() {
    return newest;
  }

  /** Rows that were taken in after the checkpoint, and are to be taken in at the same updates. */
  List<RowsTaken> recordedRows() {
    long sequence = position(newest).getManifestSequence();
    return history.last().rowsTaken().stream()
        .filter(taken -> taken.getPosition().getManifestSequence() > sequence)
        .toList();
  }

  /** Up to here no other rows may be taken in than those recorded. */
  long recordedUpdate() {
    return recordedUpdate;
  }

  /** Records that rows are taken in after this update; to be called before they are. */
  void recordRows(long update, StorePosition position) throws IOException {
    journal.append(
        JournalRecord.newBuilder()
            .setRowsTaken(RowsTaken.newBuilder().setUpdate(update).setPosition(position))
            .build());
  }

  /** Records that something of this update is about to be seen outside. */
  void recordPublish(long update) throws IOException {
    if (update <= recordedUpdate) {
      return;
    }
    append(StateReached.Reason.REASON_PUBLISH, update, ByteString.EMPTY);
  }

  /** Records the last update, and the digest of what came of it. */
  void recordStop(long update, byte[] stateSha256) throws IOException {
    append(StateReached.Reason.REASON_STOP, update, ByteString.copyFrom(stateSha256));
  }

  /**
   * Writes a checkpoint.
   *
   * @param stateSha256 of the state
   * @param samples rows drawn for all updates
   * @param position of the store that was taken in
   */
  void writeCheckpoint(LearnerState state, byte[] stateSha256, long samples, StorePosition position)
      throws IOException {
    append(StateReached.Reason.REASON_CHECKPOINT, state.update(), ByteString.copyFrom(stateSha256));
    checkpoints.write(
        new Checkpoint(
            CheckpointHeader.newBuilder()
                .setRunId(runId())
                .setUpdate(state.update())
                .setSamples(samples)
                .setPosition(position)
                .setSpecification(spec.toMessage())
                .putAllLearning(learning.texts())
                .setCreatedTimeMicros(nowMicros())
                .build(),
            state));
  }

  @Override
  public void close() throws IOException {
    journal.close();
    lock.close();
  }

  static long nowMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  private void append(StateReached.Reason reason, long update, ByteString sha256)
      throws IOException {
    journal.append(
        JournalRecord.newBuilder()
            .setStateReached(
                StateReached.newBuilder()
                    .setUpdate(update)
                    .setReason(reason)
                    .setStateSha256(sha256))
            .build());
  }

  private static void check(
      TrainerConfig config, TrainingHistory history, Optional<Checkpoint> newest) {
    var directory = config.directory();
    var spec = config.spec();
    var learning = config.learning();
    if (!history.spec().equals(spec)) {
      throw new TrainerException(
          directory
              + ": its run is of "
              + history.spec()
              + ", the configuration says "
              + spec
              + "; begin in another trainer.directory");
    }
    if (newest.isPresent() && !newest.get().header().getRunId().equals(history.runId())) {
      throw new TrainerException(
          directory
              + ": the journal is of run "
              + history.runId()
              + ", the newest checkpoint of run "
              + newest.get().header().getRunId()
              + "; they must be of one run");
    }
    checkState(directory, recordedLearning(config, history), learning);
  }

  /** Parameters of one network or scale mean nothing to another. */
  private static void checkState(
      Path directory, TrainerConfig.Learning before, TrainerConfig.Learning now) {
    for (Option<?> option : OF_THE_STATE) {
      checkSame(directory, option, before, now);
    }
    if (!now.algorithm().continues(before.algorithm())) {
      checkSame(directory, AlgorithmOptions.REGULARIZER, before, now);
      checkSame(directory, AlgorithmOptions.ACTION_PRIOR, before, now);
    }
  }

  private static void checkSame(
      Path directory, Option<?> option, TrainerConfig.Learning before, TrainerConfig.Learning now) {
    var recorded = before.texts().get(option.key());
    var configured = now.texts().get(option.key());
    if (!Objects.equals(recorded, configured)) {
      throw new TrainerException(
          directory
              + ": its run is with "
              + option.key()
              + " "
              + recorded
              + ", the configuration says "
              + configured
              + "; begin in another trainer.directory");
    }
  }

  private static void rewindIfNeeded(
      TrainerConfig config, Journal journal, TrainingHistory history, Optional<Checkpoint> newest)
      throws IOException {
    var learning = config.learning();
    var before = recordedLearning(config, history).texts();
    long update = newest.map(checkpoint -> checkpoint.header().getUpdate()).orElse(0L);
    boolean changed = !before.equals(learning.texts());
    if (!changed && update >= history.last().update()) {
      return;
    }
    if (changed) {
      LOG.info(
          "options have changed, training goes on from update {}: {}",
          update,
          changes(before, learning.texts()));
    }
    var rewound =
        JournalRecord.newBuilder()
            .setRewound(
                TrainingRewound.newBuilder()
                    .setUpdate(update)
                    .setPosition(position(newest))
                    .putAllLearning(learning.texts())
                    .putAllEnvironment(Processor.environment())
                    .setCreatedTimeMicros(nowMicros()))
            .build();
    journal.append(rewound);
    history.add(rewound);
  }

  private static TrainerConfig.Learning recordedLearning(
      TrainerConfig config, TrainingHistory history) {
    return TrainerOptions.learning(
        config.directory().resolve(JOURNAL).toString(), history.last().learning(), config.spec());
  }

  private static String changes(Map<String, String> before, Map<String, String> now) {
    return now.keySet().stream()
        .filter(key -> !now.get(key).equals(before.get(key)))
        .map(key -> key + " " + before.get(key) + " -> " + now.get(key))
        .toList()
        .toString();
  }

  private static StorePosition position(Optional<Checkpoint> checkpoint) {
    return checkpoint
        .map(written -> written.header().getPosition())
        .orElse(StorePosition.getDefaultInstance());
  }

  private static JournalRecord started(TrainerConfig config) {
    return JournalRecord.newBuilder()
        .setStarted(
            TrainingStarted.newBuilder()
                .setRunId(UUID.randomUUID().toString())
                .setSpecification(config.spec().toMessage())
                .putAllLearning(config.learning().texts())
                .putAllEnvironment(Processor.environment())
                .setCreatedTimeMicros(nowMicros()))
        .build();
  }

  private static FileChannel lock(Path directory) throws IOException {
    var channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("locked in this process", e);
    }
    channel.close();
    throw new TrainerException(directory + ": another trainer is using it");
  }
}
