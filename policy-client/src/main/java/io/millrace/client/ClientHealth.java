package io.millrace.client;

import java.time.Instant;
import java.util.Optional;

/**
 * How a client stands with its topic of policies. A client that cannot reach Kafka goes on acting
 * with the policy it has.
 *
 * @param state of the subscription
 * @param since when it is in that state
 * @param lastContact when the topic was last read from successfully
 * @param lastError what went wrong last, for a person; empty while nothing has
 * @param applied snapshots applied since the start
 * @param refused snapshots refused since the start
 * @param lastRefused the newest of them
 * @param loadedRevisions revisions in memory: the current one, and older ones that are leased
 */
public record ClientHealth(
    State state,
    Instant since,
    Optional<Instant> lastContact,
    Optional<String> lastError,
    long applied,
    long refused,
    Optional<RefusedSnapshot> lastRefused,
    int loadedRevisions) {

  /** Of the subscription. */
  public enum State {
    /** The topic has not been read yet: Kafka cannot be reached, or there is no such topic. */
    CONNECTING,
    /** The topic is read as it grows. */
    FOLLOWING,
    /** Kafka cannot be reached any more; the client tries again and again. */
    UNREACHABLE,
    /** The subscription ended by a fault of this library; the policy at hand stays. */
    FAILED,
    /** The client was closed. */
    CLOSED
  }
}
