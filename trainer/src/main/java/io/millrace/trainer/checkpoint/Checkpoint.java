package io.millrace.trainer.checkpoint;

import io.millrace.schemas.v1.CheckpointHeader;
import io.millrace.trainer.algorithm.LearnerState;

/**
 * What a run goes on from.
 *
 * @param header of which run and update it is, and how far the store was read
 * @param state of the learner
 */
public record Checkpoint(CheckpointHeader header, LearnerState state) {}
