package io.millrace.client;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * One revision, pinned until this is closed, for an episode that must not change its policy in the
 * middle. Its memory is kept for as long. After {@link #close} it throws {@link
 * IllegalStateException}; what runs at that moment is finished.
 */
public final class Policy extends Actor implements AutoCloseable {
  private final LoadedPolicy policy;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes over a hold on the policy. */
  Policy(LoadedPolicy policy, RandomGenerator random) {
    super(random);
    this.policy = policy;
  }

  /** Where it comes from; also after it is closed. */
  public PolicyInfo info() {
    return policy.info();
  }

  @Override
  LoadedPolicy hold() {
    if (closed.get() || !policy.retain()) {
      throw new IllegalStateException(
          "the lease of revision " + info().revision() + " has been closed");
    }
    return policy;
  }

  /** Lets go of the revision; a second call does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      policy.release();
    }
  }
}
