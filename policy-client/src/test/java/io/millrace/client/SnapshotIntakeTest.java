package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;
import static io.millrace.client.TestSnapshots.telling;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.v1.PolicySnapshot;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SnapshotIntakeTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final PolicySlot slot = new PolicySlot();
  private final List<PolicyInfo> applied = new ArrayList<>();
  private final List<RefusedSnapshot> refused = new ArrayList<>();
  private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
  private final HealthRecord health = new HealthRecord(clock);
  private final PolicyListener listener =
      new PolicyListener() {
        @Override
        public void applied(PolicyInfo policy) {
          applied.add(policy);
        }

        @Override
        public void refused(RefusedSnapshot snapshot) {
          refused.add(snapshot);
        }
      };
  private SnapshotIntake intake = intake(listener);
  private long offset;

  private SnapshotIntake intake(PolicyListener listener) {
    var verifier = new SnapshotVerifier(POLICY, SPEC, 1 << 20);
    return new SnapshotIntake(POLICY, verifier, slot, health, listener, clock);
  }

  @AfterEach
  void everythingIsUnloadedWithTheSlot() {
    slot.close();
    assertThat(health.snapshot().loadedRevisions()).isZero();
  }

  @Test
  void tellsWhereAnAppliedPolicyComesFrom() {
    offer(good(3));
    intake.flush();
    assertThat(slot.info()).contains(applied.get(0));
    PolicyInfo info = applied.get(0);
    assertThat(info.policyId()).isEqualTo(POLICY);
    assertThat(info.revision()).isEqualTo(3);
    assertThat(info.runId()).isEqualTo("run-1");
    assertThat(info.update()).isEqualTo(300);
    assertThat(info.manifestSequence()).isEqualTo(7);
    assertThat(info.rows()).isEqualTo(5000);
    assertThat(info.algorithm()).isEqualTo("cql-sac");
    assertThat(info.hyperParameters()).isEqualTo(Map.of("alpha", "5"));
    assertThat(info.metrics()).isEqualTo(Map.of("gap", -1.5));
    assertThat(info.sha256()).matches("[0-9a-f]{64}");
    assertThat(info.createdTime()).isEqualTo(Instant.parse("2023-11-14T22:13:20.123456Z"));
    assertThat(info.appliedTime()).isEqualTo(NOW);
    assertThat(info.age(info.createdTime().plusSeconds(9))).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void loadsOnlyTheNewestOfABacklog() {
    for (long revision = 1; revision <= 50; revision++) {
      offer(good(revision));
    }
    intake.flush();
    assertRevisions(50);
    assertThat(refused).isEmpty();
  }

  @Test
  void fallsBackToTheNewestThatIsGood() {
    offer(good(1));
    offer(good(2));
    offer(bad(3));
    intake.flush();
    assertRevisions(2);
    assertRefused(3, RefusalReason.WRONG_SPECIFICATION);
  }

  @Test
  void keepsThePolicyWhenASnapshotIsRefused() {
    offer(good(1));
    intake.flush();
    offer(bad(2));
    intake.flush();
    offer("nonsense".getBytes(StandardCharsets.UTF_8));
    intake.flush();
    assertRevisions(1);
    assertThat(refused)
        .extracting(RefusedSnapshot::reason)
        .containsExactly(RefusalReason.WRONG_SPECIFICATION, RefusalReason.UNDECODABLE);
    assertThat(refused.get(0).offset()).isEqualTo(1);
    assertThat(health.snapshot().lastRefused()).contains(refused.get(1));
    offer(good(2));
    intake.flush();
    assertRevisions(1, 2);
  }

  @Test
  void refusesALowerRevisionThatComesLater() {
    offer(good(5));
    intake.flush();
    offer(good(4));
    intake.flush();
    assertRevisions(5);
    assertRefused(4, RefusalReason.STALE_REVISION);
  }

  @Test
  void decidesTheSameWhenALowerRevisionComesAtOnce() {
    offer(good(3));
    offer(good(5));
    offer(good(4));
    intake.flush();
    assertRevisions(5);
    assertRefused(4, RefusalReason.STALE_REVISION);
  }

  @Test
  void ignoresTheSameSnapshotAgain() {
    offer(good(1));
    intake.flush();
    offer(good(1));
    intake.flush();
    assertRevisions(1);
    assertThat(refused).isEmpty();
  }

  @Test
  void refusesAnotherModelUnderTheSameRevision() {
    offer(good(1));
    offer(snapshot(1, telling(17)).toByteArray());
    intake.flush();
    assertRevisions(1);
    assertThat(slot.info().orElseThrow().sha256()).isEqualTo(applied.get(0).sha256());
    assertRefused(1, RefusalReason.CONFLICTING_REVISION);
  }

  @Test
  void goesOnWhenAListenerThrows() {
    intake =
        intake(
            new PolicyListener() {
              @Override
              public void applied(PolicyInfo policy) {
                throw new IllegalStateException("listener");
              }

              @Override
              public void refused(RefusedSnapshot snapshot) {
                throw new IllegalStateException("listener");
              }
            });
    offer(bad(2));
    offer(good(1));
    intake.flush();
    offer(good(3));
    intake.flush();
    assertThat(slot.info().orElseThrow().revision()).isEqualTo(3);
  }

  @Test
  void closesARevisionThatNobodyHolds() {
    for (long revision = 1; revision <= 5; revision++) {
      offer(good(revision));
      intake.flush();
      assertThat(health.snapshot().loadedRevisions()).isEqualTo(1);
    }
    LoadedPolicy held = slot.acquire().orElseThrow();
    offer(good(6));
    intake.flush();
    assertThat(health.snapshot().loadedRevisions()).isEqualTo(2);
    assertThat(held.act(new float[2]).revision()).isEqualTo(5);
    held.release();
    assertThat(health.snapshot().loadedRevisions()).isEqualTo(1);
    assertThat(held.retain()).isFalse();
  }

  @Test
  void loadsNothingIntoAClosedSlot() {
    slot.close();
    offer(good(1));
    intake.flush();
    assertThat(slot.acquire()).isEmpty();
  }

  private void offer(byte[] value) {
    byte[] key = POLICY.getBytes(StandardCharsets.UTF_8);
    intake.offer(new ConsumerRecord<>("plane.policies", 0, offset++, key, value));
  }

  private static byte[] good(long revision) {
    return snapshot(revision, telling(revision)).toByteArray();
  }

  private static byte[] bad(long revision) {
    PolicySnapshot snapshot =
        snapshot(revision, telling(revision).bytes(), header -> header.clearSpecification());
    return snapshot.toByteArray();
  }

  private void assertRevisions(long... revisions) {
    assertThat(applied.stream().mapToLong(PolicyInfo::revision))
        .containsExactly(Arrays.stream(revisions).boxed().toArray(Long[]::new));
    assertThat(slot.info().orElseThrow().revision()).isEqualTo(revisions[revisions.length - 1]);
    assertThat(health.snapshot().applied()).isEqualTo(revisions.length);
  }

  private void assertRefused(long revision, RefusalReason reason) {
    assertThat(refused)
        .singleElement()
        .satisfies(
            snapshot -> {
              assertThat(snapshot.revision()).isEqualTo(revision);
              assertThat(snapshot.reason()).isEqualTo(reason);
            });
  }
}
