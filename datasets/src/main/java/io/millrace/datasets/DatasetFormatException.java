package io.millrace.datasets;

import java.io.IOException;

/** A file of logged episodes is not what it should be; the message names file, array and fault. */
public final class DatasetFormatException extends IOException {
  DatasetFormatException(String message) {
    super(message);
  }

  DatasetFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
