package io.millrace.trainer.checkpoint;

import java.io.IOException;

/** A checkpoint that is not whole: written on a disk that lost a part of it, or cut. */
final class DamagedCheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedCheckpointException(String message) {
    super(message);
  }

  DamagedCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
