package io.millrace.trainer.publish;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.trainer.algorithm.Policy;
import io.millrace.trainer.window.ObservationScale;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Publishes policies on a thread of its own, so that training does not wait for Kafka. While one is
 * being published, the newest of those that follow waits; one that is overtaken is not published.
 */
public final class PolicyPublisher implements AutoCloseable {
  private final StreamSpec spec;
  private final PolicyTopics topics;
  private final Outcomes outcomes;
  private final Optional<PolicySnapshotHeader> lastFound;
  private final Thread thread;
  private Optional<Draft> next = Optional.empty();
  private Optional<RuntimeException> failure = Optional.empty();
  private boolean busy;
  private boolean closed;

  private record Draft(
      PolicySnapshotHeader header, Policy policy, Optional<ObservationScale> scale) {}

  /** Is told, on the publisher's thread, what became of the snapshots. */
  public interface Outcomes {
    /** It is on both topics. */
    void published(PolicySnapshotHeader header);

    /** It is not, or that is not known; the next one finds out. */
    void failed(PolicySnapshotHeader draft, PublishException cause);
  }

  private PolicyPublisher(
      StreamSpec spec,
      PolicyTopics topics,
      Outcomes outcomes,
      Optional<PolicySnapshotHeader> lastFound) {
    this.lastFound = lastFound;
    this.spec = spec;
    this.topics = topics;
    this.outcomes = outcomes;
    this.thread = new Thread(this::publishUntilClosed, "millrace-publisher");
    thread.setDaemon(true);
  }

  /**
   * Connects, and makes sure that a policy of this size can be published.
   *
   * @param draft header of a snapshot of it, without revision
   * @param scale what its observations are scaled by, if at all
   * @param timeout of one attempt to publish
   * @throws PublishException if the cluster does not answer, a topic is not there, or it is too
   *     large
   */
  public static PolicyPublisher open(
      StreamSpec spec,
      Map<String, Object> kafkaProperties,
      Duration timeout,
      PolicySnapshotHeader draft,
      Policy policy,
      Optional<ObservationScale> scale,
      Outcomes outcomes)
      throws InterruptedException {
    var topics = new PolicyTopics(spec.stream(), draft.getPolicyId(), kafkaProperties, timeout);
    try {
      topics.checkModelSize(draft, PolicyGraph.onnx(policy, spec, scale).length);
    } catch (RuntimeException | InterruptedException e) {
      topics.close();
      throw e;
    }
    var publisher = new PolicyPublisher(spec, topics, outcomes, topics.connect());
    publisher.thread.start();
    return publisher;
  }

  /** Header of the newest snapshot that was on the topic when this was opened. */
  public Optional<PolicySnapshotHeader> lastFound() {
    return lastFound;
  }

  /**
   * Hands over a policy and returns at once.
   *
   * @param draft header without revision, model format, size and digest
   * @param scale what the policy's observations are scaled by, if at all
   * @throws PolicyTakenOverException if another trainer publishes this policy id
   */
  public synchronized void submit(
      PolicySnapshotHeader draft, Policy policy, Optional<ObservationScale> scale) {
    check();
    next = Optional.of(new Draft(draft, policy, scale));
    notifyAll();
  }

  /**
   * Reports what the thread found.
   *
   * @throws PolicyTakenOverException if another trainer publishes this policy id
   */
  public synchronized void check() {
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  /** Waits until nothing is left to publish; false if that takes longer. */
  public synchronized boolean drain(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while ((busy || next.isPresent()) && failure.isEmpty()) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      wait(millis);
    }
    check();
    return true;
  }

  /** Ends the thread; what is not published yet stays unpublished, and nobody is told. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      next = Optional.empty();
      notifyAll();
    }
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    topics.close();
  }

  private void publishUntilClosed() {
    try {
      for (var draft = take(); draft.isPresent(); draft = take()) {
        publish(draft.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      synchronized (this) {
        failure = Optional.of(e);
        notifyAll();
      }
    }
  }

  private synchronized Optional<Draft> take() throws InterruptedException {
    busy = false;
    notifyAll();
    while (next.isEmpty() && !closed) {
      wait();
    }
    var taken = next;
    next = Optional.empty();
    busy = taken.isPresent();
    return taken;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void publish(Draft draft) throws InterruptedException {
    var header =
        draft.header().toBuilder().setModelFormat(PolicyGraph.format(draft.policy())).build();
    try {
      topics
          .publish(header, PolicyGraph.onnx(draft.policy(), spec, draft.scale()))
          .ifPresent(outcomes::published);
    } catch (PublishException e) {
      if (!isClosed()) {
        outcomes.failed(draft.header(), e);
      }
    }
  }
}
