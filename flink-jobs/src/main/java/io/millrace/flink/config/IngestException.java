package io.millrace.flink.config;

import java.io.IOException;

/** The ingest job cannot start in this environment; the message says what to change. */
public final class IngestException extends IOException {
  private static final long serialVersionUID = 1L;

  public IngestException(String message) {
    super(message);
  }

  public IngestException(String message, Throwable cause) {
    super(message, cause);
  }
}
