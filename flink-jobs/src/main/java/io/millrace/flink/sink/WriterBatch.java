package io.millrace.flink.sink;

import io.millrace.store.PendingBatch;

/**
 * What one writer has on disk for the next checkpoint.
 *
 * @param runId of the job that wrote it
 * @param attempt within the run
 */
record WriterBatch(String runId, int attempt, PendingBatch pending) {}
