package io.millrace.store;

import java.io.IOException;

/**
 * Somebody else has the store: another job has committed the same offsets, the store is of another
 * topic or specification, or another process has the reader open. Trying again does not help.
 */
public final class StoreConflictException extends IOException {
  private static final long serialVersionUID = 1L;

  public StoreConflictException(String message) {
    super(message);
  }

  public StoreConflictException(String message, Throwable cause) {
    super(message, cause);
  }
}
