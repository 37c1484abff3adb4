package io.millrace.flink.sink;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import io.millrace.store.Commit;
import io.millrace.store.CommitResult;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreConflictException;
import io.millrace.store.StoreCorruptionException;
import io.millrace.store.StoreLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Commits what all writers have for a checkpoint as one manifest.
 *
 * <p>Counts {@code millrace.storeCommits} and {@code millrace.committedRows}.
 */
final class StoreCommitter implements Committer<CheckpointBatch> {
  private final StoreLayout layout;
  private final String runId;
  private final String topic;
  private final StreamSpec spec;
  private final Counter commits;
  private final Counter committedRows;
  private ManifestLog manifests;

  /**
   * @param runId of this submission; restored state may hold batches of an earlier one
   */
  StoreCommitter(
      StoreLayout layout, String runId, String topic, StreamSpec spec, MetricGroup metrics) {
    this.layout = layout;
    this.runId = runId;
    this.topic = topic;
    this.spec = spec;
    commits = metrics.counter("storeCommits");
    committedRows = metrics.counter("committedRows");
  }

  @Override
  public void commit(Collection<CommitRequest<CheckpointBatch>> requests) throws IOException {
    // Flink hands over one checkpoint at a time; the order holds if it ever hands over more.
    var checkpoints = new TreeMap<Long, List<CommitRequest<CheckpointBatch>>>();
    for (CommitRequest<CheckpointBatch> request : requests) {
      checkpoints
          .computeIfAbsent(request.getCommittable().checkpointId(), id -> new ArrayList<>())
          .add(request);
    }
    for (var checkpoint : checkpoints.entrySet()) {
      commit(checkpoint.getKey(), checkpoint.getValue());
    }
  }

  private void commit(long checkpointId, List<CommitRequest<CheckpointBatch>> requests)
      throws IOException {
    var first = requests.get(0).getCommittable().batch();
    List<SegmentInfo> segments = new ArrayList<>();
    List<SourceRange> sources = new ArrayList<>();
    for (CommitRequest<CheckpointBatch> request : requests) {
      var batch = request.getCommittable().batch();
      if (!batch.runId().equals(first.runId()) || batch.attempt() != first.attempt()) {
        throw new IllegalStateException(
            "checkpoint "
                + checkpointId
                + " holds batches of "
                + first.runId()
                + " attempt "
                + first.attempt()
                + " and of "
                + batch.runId()
                + " attempt "
                + batch.attempt());
      }
      segments.addAll(batch.pending().segments());
      sources.addAll(batch.pending().sources());
    }
    var commit =
        new Commit(first.runId(), first.attempt(), checkpointId, topic, spec, segments, sources);
    switch (commitOnce(commit)) {
      case COMMITTED -> {
        commits.inc();
        committedRows.inc(segments.stream().mapToLong(SegmentInfo::getRows).sum());
      }
      case ALREADY_COMMITTED -> requests.forEach(CommitRequest::signalAlreadyCommitted);
      case NOTHING_NEW -> {}
    }
  }

  private CommitResult commitOnce(Commit commit) throws IOException {
    try {
      if (manifests == null) {
        manifests = ManifestLog.open(layout);
      }
      return commit.runId().equals(runId)
          ? manifests.commit(commit)
          : manifests.commitOfEarlierRun(commit);
    } catch (StoreConflictException | StoreCorruptionException e) {
      // A restart would meet the same store.
      throw new SuppressRestartsException(e);
    }
  }

  @Override
  public void close() {}
}
