package io.millrace.client;

/**
 * Is told what became of each snapshot. Called on the thread of the subscription: a slow listener
 * holds up the next snapshot, but no request.
 */
public interface PolicyListener {
  /** Requests that begin from now on are answered by this revision. */
  default void applied(PolicyInfo policy) {}

  /** A snapshot was not applied; the policy before it stays. */
  default void refused(RefusedSnapshot snapshot) {}
}
