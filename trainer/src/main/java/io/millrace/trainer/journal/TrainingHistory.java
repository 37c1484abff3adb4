package io.millrace.trainer.journal;

import com.google.protobuf.ByteString;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.JournalRecord;
import io.millrace.schemas.v1.RowsTaken;
import io.millrace.schemas.v1.StateReached;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.schemas.v1.TrainingRewound;
import io.millrace.schemas.v1.TrainingStarted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What the records of a journal come to, once what was rewound is left out. */
public final class TrainingHistory {
  private TrainingStarted started = TrainingStarted.getDefaultInstance();
  private final List<Segment> segments = new ArrayList<>();
  private final List<Map<String, String>> environments = new ArrayList<>();

  /**
   * A stretch of a run under one set of options.
   *
   * @param update that it begins after
   * @param position of the store that it begins at
   * @param learning options by key
   * @param rowsTaken in order
   * @param statesReached in order
   */
  public record Segment(
      long update,
      StorePosition position,
      Map<String, String> learning,
      List<RowsTaken> rowsTaken,
      List<StateReached> statesReached) {
    private Segment(long update, StorePosition position, Map<String, String> learning) {
      this(update, position, learning, new ArrayList<>(), new ArrayList<>());
    }

    /** The last update that anything is known of. */
    public long lastUpdate() {
      return Stream.of(
              LongStream.of(update),
              rowsTaken.stream().mapToLong(RowsTaken::getUpdate),
              statesReached.stream().mapToLong(StateReached::getUpdate))
          .flatMapToLong(updates -> updates)
          .max()
          .orElseThrow();
    }

    /** Update → digest of the state after it, where one was recorded. */
    public Map<Long, ByteString> stateDigests() {
      Map<Long, ByteString> digests = new HashMap<>();
      for (var reached : statesReached) {
        if (!reached.getStateSha256().isEmpty()) {
          digests.put(reached.getUpdate(), reached.getStateSha256());
        }
      }
      return digests;
    }
  }

  /** Takes the next record of a journal. */
  public void add(JournalRecord entry) {
    switch (entry.getRecordCase()) {
      case STARTED -> {
        started = entry.getStarted();
        segments.add(new Segment(0, StorePosition.getDefaultInstance(), started.getLearningMap()));
        environments.add(started.getEnvironmentMap());
      }
      case ROWS_TAKEN -> last().rowsTaken().add(entry.getRowsTaken());
      case STATE_REACHED -> last().statesReached().add(entry.getStateReached());
      case REWOUND -> rewind(entry.getRewound());
      case RECORD_NOT_SET ->
          throw new IllegalStateException(
              "a journal record of a kind that this Millrace does not know");
    }
  }

  /** Name of the run. */
  public String runId() {
    return started.getRunId();
  }

  /** What its rows look like. */
  public StreamSpec spec() {
    return StreamSpec.of(started.getSpecification());
  }

  /** Processor and the like of each machine that the run was on, by name. */
  public List<Map<String, String>> environments() {
    return List.copyOf(environments);
  }

  /** At least one, in order; each begins where the run left the one before. */
  public List<Segment> segments() {
    return List.copyOf(segments);
  }

  /** The one that the run is in. */
  public Segment last() {
    if (segments.isEmpty()) {
      throw new IllegalStateException("the journal does not begin with the start of a run");
    }
    return segments.get(segments.size() - 1);
  }

  private void rewind(TrainingRewound rewound) {
    long sequence = rewound.getPosition().getManifestSequence();
    while (segments.size() > 1 && last().update() > rewound.getUpdate()) {
      segments.remove(segments.size() - 1);
    }
    last().rowsTaken().removeIf(taken -> taken.getPosition().getManifestSequence() > sequence);
    last().statesReached().removeIf(reached -> reached.getUpdate() > rewound.getUpdate());
    segments.add(new Segment(rewound.getUpdate(), rewound.getPosition(), rewound.getLearningMap()));
    environments.add(rewound.getEnvironmentMap());
  }
}
