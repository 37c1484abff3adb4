package io.millrace.client;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Where the current policy stands; requests take it from here while it is swapped. */
final class PolicySlot {
  private final AtomicReference<LoadedPolicy> current = new AtomicReference<>();
  private boolean closed;

  /**
   * The current policy, held for the caller, who releases it; empty if there is none. A request
   * that loses the race against a swap takes the next one.
   */
  Optional<LoadedPolicy> acquire() {
    while (true) {
      LoadedPolicy policy = current.get();
      if (policy == null) {
        return Optional.empty();
      }
      if (policy.retain()) {
        return Optional.of(policy);
      }
    }
  }

  Optional<PolicyInfo> info() {
    return Optional.ofNullable(current.get()).map(LoadedPolicy::info);
  }

  /**
   * Puts a policy in, whose holder the slot becomes, and lets go of the one before; a closed slot
   * lets go of it at once.
   */
  synchronized void swap(LoadedPolicy next) {
    LoadedPolicy previous = closed ? next : current.getAndSet(next);
    if (previous != null) {
      previous.release();
    }
  }

  /** Lets go of the current policy for ever; requests that hold it finish with it. */
  synchronized void close() {
    if (!closed) {
      swap(null);
      closed = true;
    }
  }
}
