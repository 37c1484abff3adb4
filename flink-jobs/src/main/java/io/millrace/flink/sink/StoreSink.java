package io.millrace.flink.sink;

import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.validate.ValidatedRecord;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StreamSpecification;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The replay store as a sink of Flink.
 *
 * <p>Between writers and committer each batch is marked with the checkpoint that it came with,
 * which a committer is not told, and all go to one committer, since a checkpoint is one manifest.
 */
public final class StoreSink
    implements Sink<ValidatedRecord>,
        SupportsCommitter<CheckpointBatch>,
        SupportsPreCommitTopology<WriterBatch, CheckpointBatch> {
  private static final long serialVersionUID = 1L;

  private final String store;
  private final String topic;
  private final StreamSpecification specification;
  private final String runId;

  /**
   * @param runId of this submission of the job: see {@link WriterId}
   */
  public StoreSink(IngestConfig config, String runId) {
    store = config.store().toString();
    topic = config.topic();
    specification = config.spec().toMessage();
    this.runId = runId;
  }

  @Override
  public SinkWriter<ValidatedRecord> createWriter(WriterInitContext context) throws IOException {
    int attempt = attempt(context);
    var id = new WriterId(runId, attempt, context.getTaskInfo().getIndexOfThisSubtask());
    return new StoreWriter(
        SegmentWriter.open(layout(), StreamSpec.of(specification), id), runId, attempt);
  }

  /**
   * The checkpoint that the writers were restored from: all of them agree on it, and, unlike
   * Flink's count of attempts, it never goes back, not even when the JobManager is replaced.
   */
  private static int attempt(WriterInitContext context) {
    return Math.toIntExact(context.getRestoredCheckpointId().orElse(0));
  }

  @Override
  public Committer<CheckpointBatch> createCommitter(CommitterInitContext context) {
    return new StoreCommitter(
        layout(),
        runId,
        topic,
        StreamSpec.of(specification),
        context.metricGroup().addGroup("millrace"));
  }

  @Override
  public DataStream<CommittableMessage<CheckpointBatch>> addPreCommitTopology(
      DataStream<CommittableMessage<WriterBatch>> batches) {
    return batches
        .map(new MarkCheckpoint())
        .returns(CommittableMessageTypeInfo.of(CheckpointBatchSerializer::new))
        .name("checkpoint mark")
        .uid("checkpoint-mark")
        .global();
  }

  @Override
  public SimpleVersionedSerializer<WriterBatch> getWriteResultSerializer() {
    return new WriterBatchSerializer();
  }

  @Override
  public SimpleVersionedSerializer<CheckpointBatch> getCommittableSerializer() {
    return new CheckpointBatchSerializer();
  }

  private StoreLayout layout() {
    return new StoreLayout(Path.of(store));
  }
}
