package io.millrace.store;

import java.io.IOException;

/** A file of the store is missing or does not hold what it must; the message names it. */
public final class StoreCorruptionException extends IOException {
  private static final long serialVersionUID = 1L;

  public StoreCorruptionException(String message) {
    super(message);
  }

  public StoreCorruptionException(String message, Throwable cause) {
    super(message, cause);
  }
}
