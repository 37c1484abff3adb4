package io.millrace.client;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What the subscription notes about itself, and where others wait for news of it. */
final class HealthRecord {
  private final Clock clock;
  private ClientHealth.State state = ClientHealth.State.CONNECTING;
  private Instant since;
  private Optional<Instant> lastContact = Optional.empty();
  private Optional<String> lastError = Optional.empty();
  private Optional<RefusedSnapshot> lastRefused = Optional.empty();
  private long applied;
  private long refused;
  private int loadedRevisions;

  HealthRecord(Clock clock) {
    this.clock = clock;
    since = clock.instant();
  }

  synchronized ClientHealth snapshot() {
    return new ClientHealth(
        state, since, lastContact, lastError, applied, refused, lastRefused, loadedRevisions);
  }

  synchronized void contact() {
    lastContact = Optional.of(clock.instant());
    enter(ClientHealth.State.FOLLOWING);
  }

  /** Kafka did not answer. Before the first contact the state stays that of connecting. */
  synchronized void unreachable(String error) {
    lastError = Optional.of(error);
    if (state == ClientHealth.State.FOLLOWING) {
      enter(ClientHealth.State.UNREACHABLE);
    }
  }

  synchronized void failed(String error) {
    lastError = Optional.of(error);
    enter(ClientHealth.State.FAILED);
  }

  synchronized void closed() {
    enter(ClientHealth.State.CLOSED);
  }

  synchronized void applied() {
    applied++;
    notifyAll();
  }

  synchronized void refused(RefusedSnapshot snapshot) {
    refused++;
    lastRefused = Optional.of(snapshot);
    notifyAll();
  }

  synchronized void loaded() {
    loadedRevisions++;
  }

  synchronized void unloaded() {
    loadedRevisions--;
  }

  /** Waits until the condition holds, the subscription has ended, or the time is up. */
  synchronized void await(BooleanSupplier condition, Duration timeout) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()
        && state != ClientHealth.State.FAILED
        && state != ClientHealth.State.CLOSED) {
      long leftNanos = deadlineNanos - System.nanoTime();
      if (leftNanos <= 0) {
        return;
      }
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(leftNanos, 1_000_000));
    }
  }

  private void enter(ClientHealth.State next) {
    if (state != next && state != ClientHealth.State.CLOSED) {
      state = next;
      since = clock.instant();
      notifyAll();
    }
  }
}
