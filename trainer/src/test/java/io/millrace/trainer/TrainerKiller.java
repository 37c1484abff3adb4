package io.millrace.trainer;

import io.millrace.trainer.journal.Journal;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/** Runs a {@link TrainerProcess} to its end, and sends it SIGKILL so many times on the way. */
final class TrainerKiller {
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(8);
  private static final long POLL_NANOS = 20_000;
  private static final int MAX_DELAY_MICROS = 4_000;

  private final Path config;
  private final Path work;
  private final Path log;
  private final Random random;
  private final LongConsumer told;
  private final Map<Moment, Integer> kills = new EnumMap<>(Moment.class);
  private int tornCheckpoints;
  private int starts;

  /** When a process is killed. */
  enum Moment {
    /** While it reads the store, or repeats what the journal says. */
    START,
    /** Up to so many microseconds after an update that it told of. */
    UPDATE,
    /** While a checkpoint is a file that is not finished. */
    CHECKPOINT,
    /** Up to so many microseconds after the journal said that a policy is about to be published. */
    PUBLISH
  }

  /**
   * A killer.
   *
   * @param config file of the trainer's configuration
   * @param work its directory
   * @param log what the processes print on standard error
   * @param seed of the moments
   * @param told is given each update that a process says it has come to, its first one included, on
   *     the thread that reads what it says
   */
  TrainerKiller(Path config, Path work, Path log, long seed, LongConsumer told) {
    this.config = config;
    this.work = work;
    this.log = log;
    this.random = new Random(seed);
    this.told = told;
  }

  /**
   * Runs the trainer to its end.
   *
   * @param count of kills
   * @param updates the kills are spread over so many first ones
   */
  void run(int count, long updates) throws IOException, InterruptedException {
    long[] targets = random.longs(count, 1, updates + 1).sorted().toArray();
    for (int i = 0; i < count; i++) {
      var moment = Moment.values()[i % Moment.values().length];
      killAt(targets[i], moment);
      kills.merge(moment, 1, Integer::sum);
    }
    var last = new Child();
    if (last.process.waitFor() != 0) {
      throw new AssertionError("the trainer failed: " + Files.readString(log));
    }
  }

  /** How often a process was killed at each moment. */
  Map<Moment, Integer> kills() {
    return kills;
  }

  /** How many kills left an unfinished checkpoint behind. */
  int tornCheckpoints() {
    return tornCheckpoints;
  }

  private void killAt(long target, Moment moment) throws IOException, InterruptedException {
    var child = new Child();
    try {
      switch (moment) {
        case START -> {
          child.awaitStart();
          spin(random.nextInt(MAX_DELAY_MICROS));
        }
        case UPDATE -> {
          child.awaitUpdate(target);
          spin(random.nextInt(MAX_DELAY_MICROS));
        }
        case CHECKPOINT -> {
          child.awaitUpdate(target);
          child.await(() -> unfinishedCheckpoints() > 0);
        }
        case PUBLISH -> {
          child.awaitUpdate(target);
          long before = publishes();
          child.await(() -> publishes() > before);
          spin(random.nextInt(MAX_DELAY_MICROS));
        }
      }
    } finally {
      child.process.destroyForcibly().waitFor();
      child.reader.join();
    }
    if (child.process.exitValue() == 0) {
      throw new AssertionError("the trainer came to its end before " + moment + " at " + target);
    }
    tornCheckpoints += unfinishedCheckpoints() > 0 ? 1 : 0;
  }

  private static void spin(int micros) {
    long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
  }

  private int unfinishedCheckpoints() {
    String[] names = work.resolve("checkpoints").toFile().list();
    return names == null
        ? 0
        : (int) Arrays.stream(names).filter(name -> name.endsWith(".unfinished")).count();
  }

  private long publishes() throws IOException {
    var found = new AtomicInteger();
    Journal.read(
        work.resolve(WorkDirectory.JOURNAL),
        entry -> {
          if (entry.hasStateReached() && entry.getStateReached().getStateSha256().isEmpty()) {
            found.incrementAndGet();
          }
        });
    return found.get();
  }

  /** Something to wait for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /** A running trainer. */
  private final class Child {
    private final Process process;
    private final Thread reader;
    private volatile boolean started;
    private volatile long update;

    Child() throws IOException {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "--add-modules=jdk.incubator.vector"));
      for (var property : List.of("DJL_CACHE_DIR", "ai.djl.offline")) {
        command.add("-D" + property + "=" + System.getProperty(property, ""));
      }
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of(TrainerProcess.class.getName(), config.toString()));
      process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
              .start();
      reader = new Thread(this::read, "trainer-output-" + starts++);
      reader.start();
    }

    private void read() {
      try (var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("started ")) {
            started = true;
            told.accept(Long.parseLong(line.substring("started ".length())));
          } else if (line.startsWith("update ")) {
            update = Long.parseLong(line.substring("update ".length()));
            told.accept(update);
          }
        }
      } catch (IOException e) {
        // The stream of a process that was killed may end so.
      }
    }

    void awaitStart() throws IOException {
      await(() -> started);
    }

    void awaitUpdate(long target) throws IOException {
      await(() -> update >= target);
    }

    void await(Condition condition) throws IOException {
      long deadline = System.nanoTime() + LIMIT_NANOS;
      while (!condition.holds()) {
        if (!process.isAlive()) {
          throw new AssertionError("the trainer ended too soon: " + Files.readString(log));
        }
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionError("what was waited for did not come: " + Files.readString(log));
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }
}
