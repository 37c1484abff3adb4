package io.millrace.client;

import com.google.protobuf.ByteString;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the snapshots of one policy as they come, and brings the highest revision that passes its
 * checks into use. Of snapshots that come together only the newest is loaded, so that a service
 * that starts on a long topic acts at once; the few before it are kept in case the newest is
 * refused. Belongs to one thread.
 */
final class SnapshotIntake {
  /** Snapshots kept until the topic's end is reached; each may be as large as a record can be. */
  private static final int MAX_PENDING = 4;

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotIntake.class);

  private static final Comparator<Candidate> HIGHEST_REVISION_FIRST =
      Comparator.comparingLong(Candidate::revision).reversed().thenComparing(Candidate::offset);

  private final String policyId;
  private final SnapshotVerifier verifier;
  private final PolicySlot slot;
  private final HealthRecord health;
  private final PolicyListener listener;
  private final Clock clock;
  private final Deque<ConsumerRecord<byte[], byte[]>> pending = new ArrayDeque<>();
  private Applied applied;

  SnapshotIntake(
      String policyId,
      SnapshotVerifier verifier,
      PolicySlot slot,
      HealthRecord health,
      PolicyListener listener,
      Clock clock) {
    this.policyId = policyId;
    this.verifier = verifier;
    this.slot = slot;
    this.health = health;
    this.listener = listener;
    this.clock = clock;
  }

  /** Takes a record whose key is the policy's id. */
  void offer(ConsumerRecord<byte[], byte[]> record) {
    if (pending.size() == MAX_PENDING) {
      pending.removeFirst();
    }
    pending.addLast(record);
  }

  /** Decides about all records taken since the last time. */
  void flush() {
    var candidates = new ArrayList<Candidate>();
    for (var record : pending) {
      try {
        PolicySnapshot snapshot = verifier.decode(record.value());
        candidates.add(new Candidate(record.partition(), record.offset(), snapshot));
      } catch (SnapshotRefusedException e) {
        refuse(0, record.partition(), record.offset(), e);
      }
    }
    pending.clear();
    candidates.sort(HIGHEST_REVISION_FIRST);
    candidates.forEach(this::decide);
  }

  private void decide(Candidate candidate) {
    try {
      if (applied == null || candidate.revision() > applied.revision()) {
        apply(candidate);
      } else if (candidate.revision() == applied.revision()) {
        requireSame(candidate);
      } else if (applied.isFollowedBy(candidate)) {
        throw new SnapshotRefusedException(
            RefusalReason.STALE_REVISION,
            "revision "
                + candidate.revision()
                + " after "
                + applied.revision()
                + ": expected a higher one; an older model comes back as a new revision");
      }
    } catch (SnapshotRefusedException e) {
      refuse(candidate.revision(), candidate.partition(), candidate.offset(), e);
    }
  }

  private void apply(Candidate candidate) throws SnapshotRefusedException {
    OnnxPolicy graph = verifier.verify(candidate.snapshot());
    PolicySnapshotHeader header = candidate.snapshot().getHeader();
    var info = PolicyInfo.of(header, clock.instant());
    health.loaded();
    slot.swap(new LoadedPolicy(info, verifier.spec(), graph, health::unloaded));
    applied =
        new Applied(
            info.revision(), header.getModelSha256(), candidate.partition(), candidate.offset());
    health.applied();
    LOG.info(
        "policy '{}': revision {} (update {}) applied", policyId, info.revision(), info.update());
    tell(() -> listener.applied(info));
  }

  private void requireSame(Candidate candidate) throws SnapshotRefusedException {
    if (!candidate.snapshot().getHeader().getModelSha256().equals(applied.sha256())) {
      throw new SnapshotRefusedException(
          RefusalReason.CONFLICTING_REVISION,
          "revision " + applied.revision() + " is applied with another model: SHA-256 differs");
    }
  }

  private void refuse(long revision, int partition, long offset, SnapshotRefusedException e) {
    var refused =
        new RefusedSnapshot(policyId, revision, partition, offset, e.reason(), e.getMessage());
    health.refused(refused);
    LOG.warn(
        "policy '{}': revision {} (partition {}, offset {}) refused: {}: {}",
        policyId,
        revision,
        partition,
        offset,
        e.reason(),
        e.getMessage());
    tell(() -> listener.refused(refused));
  }

  private static void tell(Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      LOG.error("a policy listener threw", e);
    }
  }

  private record Candidate(int partition, long offset, PolicySnapshot snapshot) {
    long revision() {
      return snapshot.getHeader().getRevision();
    }
  }

  private record Applied(long revision, ByteString sha256, int partition, long offset) {
    /**
     * Unknown across partitions, where a policy's key moves when partitions are added: then yes.
     */
    boolean isFollowedBy(Candidate candidate) {
      return candidate.partition() != partition || candidate.offset() > offset;
    }
  }
}
