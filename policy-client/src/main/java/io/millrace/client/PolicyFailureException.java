package io.millrace.client;

/** A policy that passed its checks failed at an observation; the message says how. */
public final class PolicyFailureException extends RuntimeException {

  PolicyFailureException(String message, Throwable cause) {
    super(message, cause);
  }
}
