package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Sessions and tensors live outside of the heap: what is not closed shows in resident memory. */
@EnabledOnOs(OS.LINUX)
class NativeMemoryIT {
  private static final int HIDDEN = 512;
  private static final long MODEL_BYTES = HIDDEN * HIDDEN * 4L;
  private static final int ROWS = 1_000;
  private static final int RUNS = 3_000;

  /** One of [ROWS, 2]; a pair of runs makes two of them to put in and gets three out. */
  private static final long TENSOR_BYTES = ROWS * 2 * 4L;

  private final PolicySlot slot = new PolicySlot();
  private final SnapshotIntake intake =
      new SnapshotIntake(
          POLICY,
          new SnapshotVerifier(POLICY, SPEC, 1 << 24),
          slot,
          new HealthRecord(Clock.systemUTC()),
          new PolicyListener() {},
          Clock.systemUTC());

  @Test
  void swappingLeavesNothingBehind() throws Exception {
    byte[] model = new TestGraph(SPEC).hidden(HIDDEN).bytes();
    long swaps = 100;
    for (long revision = 1; revision <= swaps; revision++) {
      publish(revision, model);
    }
    long before = residentBytes();
    for (long revision = swaps + 1; revision <= 2 * swaps; revision++) {
      publish(revision, model);
    }
    long grown = residentBytes() - before;
    slot.close();
    assertThat(grown).isLessThan(swaps * MODEL_BYTES / 4);
  }

  @Test
  void actingLeavesNothingBehind() throws Exception {
    publish(1, new TestGraph(SPEC).bytes());
    try (var policy = new Policy(slot.acquire().orElseThrow(), new SplittableRandom(1))) {
      act(policy);
      long before = residentBytes();
      act(policy);
      long grown = residentBytes() - before;
      assertThat(grown).isLessThan(RUNS * TENSOR_BYTES);
    }
    slot.close();
  }

  private static void act(Policy policy) {
    var observations = new float[2 * ROWS];
    for (int i = 0; i < RUNS; i++) {
      policy.actAll(observations);
      policy.actAllStochastic(observations);
    }
  }

  private void publish(long revision, byte[] model) {
    byte[] key = POLICY.getBytes(StandardCharsets.UTF_8);
    byte[] value = snapshot(revision, model, header -> {}).toByteArray();
    intake.offer(new ConsumerRecord<>("plane.policies", 0, revision, key, value));
    intake.flush();
    assertThat(slot.info().orElseThrow().revision()).isEqualTo(revision);
  }

  private static long residentBytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status has no VmRSS");
  }
}
