package io.millrace.trainer.publish;

/** Another trainer publishes the same policy id; this one must not any more. */
public final class PolicyTakenOverException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PolicyTakenOverException(String message) {
    super(message);
  }
}
