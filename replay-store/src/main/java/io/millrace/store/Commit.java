package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import java.util.List;
import java.util.Objects;

/**
 * What one checkpoint of the ingest job adds to a store: the {@link PendingBatch}es of all of its
 * writers.
 *
 * @param runId as in {@link WriterId}
 * @param attempt as in {@link WriterId}: of the writers of these segments
 * @param checkpointId what makes the commit idempotent, within the run
 * @param topic Kafka topic that the partitions are of
 */
public record Commit(
    String runId,
    int attempt,
    long checkpointId,
    String topic,
    StreamSpec spec,
    List<SegmentInfo> segments,
    List<SourceRange> sources) {
  public Commit {
    StoreLayout.checkName("run id", runId);
    if (attempt < 0) {
      throw new IllegalArgumentException("attempt: expected 0 or more, got " + attempt);
    }
    if (checkpointId < 0) {
      throw new IllegalArgumentException("checkpointId: expected 0 or more, got " + checkpointId);
    }
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(spec, "spec");
    segments = List.copyOf(segments);
    sources = List.copyOf(sources);
  }
}
