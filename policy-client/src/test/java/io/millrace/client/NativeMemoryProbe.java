package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A process of its own for {@link NativeMemoryIT}: does a thing many times, and then as often
 * again, and writes by how much resident memory grew the second time. Its heap is touched as a
 * whole beforehand, so that what grows is native.
 */
final class NativeMemoryProbe {
  /** Layers of 512 × 512 numbers: a model of a good MiB. */
  static final int HIDDEN = 512;

  static final int SWAPS = 100;
  static final int RUNS = 3_000;
  static final int ROWS = 1_000;

  private final PolicySlot slot = new PolicySlot();
  private final SnapshotIntake intake =
      new SnapshotIntake(
          POLICY,
          new SnapshotVerifier(POLICY, SPEC, 1 << 24),
          slot,
          new HealthRecord(Clock.systemUTC()),
          new PolicyListener() {},
          Clock.systemUTC());
  private long revision;

  private NativeMemoryProbe() {}

  /** Arguments: {@code swap} or {@code act}, and the file to write the growth in bytes to. */
  public static void main(String[] arguments) throws IOException {
    var probe = new NativeMemoryProbe();
    Runnable work = arguments[0].equals("swap") ? probe::swap : probe::act;
    work.run();
    long before = residentBytes();
    work.run();
    Files.writeString(Path.of(arguments[1]), Long.toString(residentBytes() - before));
  }

  private void swap() {
    byte[] model = new TestGraph(SPEC).hidden(HIDDEN).bytes();
    for (int i = 0; i < SWAPS; i++) {
      publish(model);
    }
  }

  private void act() {
    publish(new TestGraph(SPEC).bytes());
    var observations = new float[2 * ROWS];
    try (var policy = new Policy(slot.acquire().orElseThrow(), new SplittableRandom(1))) {
      for (int i = 0; i < RUNS; i++) {
        policy.actAll(observations);
        policy.actAllStochastic(observations);
      }
    }
  }

  private void publish(byte[] model) {
    byte[] key = POLICY.getBytes(StandardCharsets.UTF_8);
    byte[] value = snapshot(++revision, model, header -> {}).toByteArray();
    intake.offer(new ConsumerRecord<>("plane.policies", 0, revision, key, value));
    intake.flush();
    if (slot.info().orElseThrow().revision() != revision) {
      throw new IllegalStateException("revision " + revision + " was not applied");
    }
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
