/** The state of a run on disk, so that it can be gone on from. */
package io.millrace.trainer.checkpoint;
