package io.millrace.flink.sink;

/** What one writer adds to a checkpoint. */
record CheckpointBatch(long checkpointId, WriterBatch batch) {}
