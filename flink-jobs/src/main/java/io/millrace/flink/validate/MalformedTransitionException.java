package io.millrace.flink.validate;

/** The bytes are not a Transition; the message says where and why. */
final class MalformedTransitionException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Without a stack trace: a stream of garbage must not be slower than one of rows. */
  MalformedTransitionException(int position, String what) {
    super("at byte " + position + " " + what, null, false, false);
  }
}
