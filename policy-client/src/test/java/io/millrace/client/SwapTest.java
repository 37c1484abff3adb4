package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;
import static io.millrace.client.TestSnapshots.telling;
import static io.millrace.client.TestSnapshots.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many threads act while the policy is swapped under them. Every revision answers with another
 * number, so that an answer which is not that of the revision it names, or a graph that is closed
 * under a request, is seen.
 */
class SwapTest {
  private static final int ACTORS = 8;
  private static final int SWAPS = 150;

  private final PolicySlot slot = new PolicySlot();
  private final HealthRecord health = new HealthRecord(Clock.systemUTC());
  private final SnapshotIntake intake =
      new SnapshotIntake(
          POLICY,
          new SnapshotVerifier(POLICY, SPEC, 1 << 20),
          slot,
          health,
          new PolicyListener() {},
          Clock.systemUTC());

  @Test
  @Timeout(120)
  void everyAnswerIsThatOfOneLoadedRevision() throws Exception {
    publish(1);
    var done = new AtomicBoolean();
    var pool = Executors.newFixedThreadPool(ACTORS);
    List<Future<Long>> answers = new ArrayList<>();
    for (int i = 0; i < ACTORS; i++) {
      answers.add(pool.submit(actor(i, done)));
    }
    for (long revision = 2; revision <= SWAPS; revision++) {
      publish(revision);
    }
    done.set(true);
    pool.shutdown();
    assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    for (var answer : answers) {
      assertThat(answer.get()).isPositive();
    }
    assertThat(health.snapshot().applied()).isEqualTo(SWAPS);
    assertThat(health.snapshot().loadedRevisions()).isEqualTo(1);
    slot.close();
    assertThat(health.snapshot().loadedRevisions()).isZero();
  }

  private Callable<Long> actor(int number, AtomicBoolean done) {
    return () -> {
      var random = new SplittableRandom(number);
      long answers = 0;
      long newest = 0;
      while (!done.get()) {
        LoadedPolicy held = slot.acquire().orElseThrow();
        try (var lease = new Policy(held, random)) {
          long revision = lease.info().revision();
          assertThat(revision).isGreaterThanOrEqualTo(newest);
          newest = revision;
          for (int step = random.nextInt(1, 6); step > 0; step--) {
            Action action = lease.act(new float[] {step, -step});
            assertThat(action.revision()).isEqualTo(revision);
            assertThat(action.values()[0]).isCloseTo(told(revision), within(1e-5f));
            ActionBatch batch = lease.actAllStochastic(new float[] {1, 2, 3, 4, 5, 6});
            assertThat(batch.revision()).isEqualTo(revision);
            assertThat(batch.size()).isEqualTo(3);
            answers++;
          }
        }
      }
      return answers;
    };
  }

  private void publish(long revision) {
    byte[] key = POLICY.getBytes(StandardCharsets.UTF_8);
    byte[] value = snapshot(revision, telling(revision)).toByteArray();
    intake.offer(new ConsumerRecord<>("plane.policies", 0, revision, key, value));
    intake.flush();
  }
}
