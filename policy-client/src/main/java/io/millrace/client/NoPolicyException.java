package io.millrace.client;

/** There is no policy to act with (yet); the message says what the client is waiting for. */
public final class NoPolicyException extends IllegalStateException {
  NoPolicyException(String message) {
    super(message);
  }
}
