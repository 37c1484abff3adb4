package io.millrace.client;

/** Ends the verification of a snapshot. */
final class SnapshotRefusedException extends Exception {
  private final RefusalReason reason;

  SnapshotRefusedException(RefusalReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  SnapshotRefusedException(RefusalReason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  RefusalReason reason() {
    return reason;
  }
}
