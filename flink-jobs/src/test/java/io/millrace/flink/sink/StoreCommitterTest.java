package io.millrace.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.flink.Transitions;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.store.ManifestLog;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreConflictException;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreCommitterTest {
  private static final StreamSpec SPEC = Transitions.spec("arm", 2, 1);

  @TempDir Path directory;

  @Test
  void makesOneManifestOfAllWritersOfACheckpoint() throws Exception {
    var committer = committer("run-1");
    committer.commit(requests(batch(1, "run-1", 0, 0, 0, 100), batch(1, "run-1", 0, 1, 0, 50)));
    committer.commit(requests(batch(2, "run-1", 0, 1, 50, 60)));

    assertThat(manifests()).extracting(StoreManifest::getRows).containsExactly(150L, 10L);
    assertThat(manifests()).extracting(StoreManifest::getCheckpointId).containsExactly(1L, 2L);
  }

  @Test
  void answersThatARestoredCheckpointIsAlreadyCommitted() throws Exception {
    var first = batch(1, "run-1", 0, 0, 0, 100);
    var second = batch(1, "run-1", 0, 1, 0, 100);
    committer("run-1").commit(requests(first, second));

    var again = requests(first, second);
    committer("run-1").commit(again);
    assertThat(again).allMatch(request -> ((Request) request).alreadyCommitted);
    assertThat(manifests()).hasSize(1);
  }

  @Test
  void leavesTheSegmentsOfItsOwnWritersAloneWhenItCommitsForAnEarlierRun() throws Exception {
    var left = batch(9, "run-1", 0, 0, 0, 100);
    // By the time that restored state is committed, the writers of the new run have begun.
    try (var writer = SegmentWriter.open(layout(), SPEC, new WriterId("run-2", 9, 0))) {
      append(writer, 0, 100, 1_000);
      var committer = committer("run-2");
      committer.commit(requests(left));
      var next = new CheckpointBatch(10, new WriterBatch("run-2", 9, writer.finish()));
      committer.commit(requests(next));
    }
    assertThat(manifests()).extracting(StoreManifest::getRows).containsExactly(100L, 900L);
    assertThat(manifests()).extracting(StoreManifest::getRunId).containsExactly("run-1", "run-2");
  }

  @Test
  void collectsWhatAnEarlierAttemptLeftBehind() throws Exception {
    var lost = batch(1, "run-1", 0, 0, 0, 100).batch().pending().segments().get(0).getPath();
    committer("run-1").commit(requests(batch(2, "run-1", 1, 0, 0, 100)));
    assertThat(directory.resolve(lost)).doesNotExist();
    try (var left = Files.list(layout().segments("run-1"))) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void failsForGoodWhenSomebodyElseHasCommittedTheSameRows() throws Exception {
    committer("run-1").commit(requests(batch(1, "run-1", 0, 0, 0, 100)));
    var other = requests(batch(1, "run-2", 0, 0, 50, 150));
    assertThatThrownBy(() -> committer("run-2").commit(other))
        .isInstanceOf(SuppressRestartsException.class)
        .hasCauseInstanceOf(StoreConflictException.class);
  }

  @Test
  void recordsOffsetsOfWhichAllWereRefused() throws Exception {
    try (var writer = SegmentWriter.open(layout(), SPEC, new WriterId("run-1", 0, 0))) {
      writer.skip(3, 70);
      writer.skip(3, 71);
      committer("run-1")
          .commit(requests(new CheckpointBatch(1, new WriterBatch("run-1", 0, writer.finish()))));
    }
    assertThat(ManifestLog.open(layout()).committedOffsets()).containsEntry(3, 72L);
    assertThat(manifests().get(0).getTotalRejected()).isEqualTo(2);
  }

  private StoreCommitter committer(String runId) {
    return new StoreCommitter(
        layout(), runId, "arm.transitions", SPEC, new UnregisteredMetricsGroup());
  }

  private CheckpointBatch batch(
      long checkpointId, String runId, int attempt, int shard, long from, long to)
      throws IOException {
    try (var writer = SegmentWriter.open(layout(), SPEC, new WriterId(runId, attempt, shard))) {
      append(writer, shard, from, to);
      return new CheckpointBatch(checkpointId, new WriterBatch(runId, attempt, writer.finish()));
    }
  }

  private static void append(SegmentWriter writer, int partition, long from, long to)
      throws IOException {
    var row = new Row(SPEC);
    row.partition = partition;
    for (long offset = from; offset < to; offset++) {
      row.offset = offset;
      row.eventTimeMicros = Transitions.FIRST_MICROS + offset;
      writer.append(row);
    }
  }

  private List<StoreManifest> manifests() throws IOException {
    return ManifestLog.open(layout()).after(0);
  }

  private StoreLayout layout() {
    return new StoreLayout(directory);
  }

  private static List<CommitRequest<CheckpointBatch>> requests(CheckpointBatch... batches) {
    return Arrays.stream(batches).<CommitRequest<CheckpointBatch>>map(Request::new).toList();
  }

  /** A request that remembers what it was told. */
  private static final class Request implements CommitRequest<CheckpointBatch> {
    private final CheckpointBatch batch;
    private boolean alreadyCommitted;

    private Request(CheckpointBatch batch) {
      this.batch = batch;
    }

    @Override
    public CheckpointBatch getCommittable() {
      return batch;
    }

    @Override
    public int getNumberOfRetries() {
      return 0;
    }

    @Override
    public void signalFailedWithKnownReason(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void retryLater() {
      throw new AssertionError("asked to try again");
    }

    @Override
    public void updateAndRetryLater(CheckpointBatch changed) {
      throw new AssertionError("asked to try again");
    }

    @Override
    public void signalAlreadyCommitted() {
      alreadyCommitted = true;
    }
  }
}
