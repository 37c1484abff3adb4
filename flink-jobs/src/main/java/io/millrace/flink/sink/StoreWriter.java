package io.millrace.flink.sink;

import io.millrace.flink.validate.ValidatedRecord;
import io.millrace.store.PendingBatch;
import io.millrace.store.SegmentWriter;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;

/** Appends the rows of one subtask, and finishes its segments before each checkpoint. */
final class StoreWriter implements CommittingSinkWriter<ValidatedRecord, WriterBatch> {
  private final SegmentWriter segments;
  private final String runId;
  private final int attempt;

  StoreWriter(SegmentWriter segments, String runId, int attempt) {
    this.segments = segments;
    this.runId = runId;
    this.attempt = attempt;
  }

  @Override
  public void write(ValidatedRecord record, Context context) throws IOException {
    if (record.refused) {
      segments.skip(record.row.partition, record.row.offset);
    } else {
      segments.append(record.row);
    }
  }

  /** A segment ends with its checkpoint, in {@link #prepareCommit}. */
  @Override
  public void flush(boolean endOfInput) {}

  @Override
  public Collection<WriterBatch> prepareCommit() throws IOException {
    PendingBatch pending = segments.finish();
    return pending.isEmpty() ? List.of() : List.of(new WriterBatch(runId, attempt, pending));
  }

  @Override
  public void close() {
    segments.close();
  }
}
