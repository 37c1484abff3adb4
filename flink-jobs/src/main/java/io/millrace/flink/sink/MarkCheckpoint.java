package io.millrace.flink.sink;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;

/**
 * Writes the checkpoint id of each message into its batch. The id is taken as it comes: at the end
 * of the input Flink gives the last batch that of a checkpoint still to come.
 */
final class MarkCheckpoint
    implements MapFunction<CommittableMessage<WriterBatch>, CommittableMessage<CheckpointBatch>> {
  private static final long serialVersionUID = 1L;

  @Override
  public CommittableMessage<CheckpointBatch> map(CommittableMessage<WriterBatch> message) {
    if (message instanceof CommittableWithLineage<WriterBatch> batch) {
      return batch.map(writer -> new CheckpointBatch(batch.getCheckpointId(), writer));
    }
    var summary = (CommittableSummary<WriterBatch>) message;
    return summary.map();
  }
}
