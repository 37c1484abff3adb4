package io.millrace.store;

/**
 * Who writes a segment.
 *
 * @param runId the run of the ingest job: the same over restarts of a job, another for a job that
 *     starts without its state; 1 to 100 of a-z A-Z 0-9 . _ -
 * @param attempt how often this run has been restarted; a higher attempt outlives a lower one
 * @param shard index of the writer within the job, 0 to 65,535
 */
public record WriterId(String runId, int attempt, int shard) {
  public WriterId {
    StoreLayout.checkName("run id", runId);
    if (attempt < 0) {
      throw new IllegalArgumentException("attempt: expected 0 or more, got " + attempt);
    }
    if (shard < 0 || shard > 0xFFFF) {
      throw new IllegalArgumentException("shard: expected 0 to 65535, got " + shard);
    }
  }
}
