/**
 * Rows into the replay store in two phases: each subtask finishes its segments before a checkpoint,
 * and one manifest commits all of them once the checkpoint is complete.
 */
package io.millrace.flink.sink;
