package io.millrace.trainer;

/** Training cannot go on; the message says why in one sentence, and what to do. */
public class TrainerException extends RuntimeException {
  public TrainerException(String message) {
    super(message);
  }

  public TrainerException(String message, Throwable cause) {
    super(message, cause);
  }
}
