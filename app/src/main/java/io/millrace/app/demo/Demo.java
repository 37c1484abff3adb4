package io.millrace.app.demo;

import io.millrace.app.fleet.Fleet;
import io.millrace.app.fleet.MalformedRecords;
import io.millrace.app.fleet.RevisionReturns;
import io.millrace.app.ingest.EmbeddedIngest;
import io.millrace.app.ingest.IngestProgress;
import io.millrace.app.kafka.TopicReader;
import io.millrace.app.kafka.Topics;
import io.millrace.app.kafka.TransitionLog;
import io.millrace.app.terminal.Interruption;
import io.millrace.app.terminal.Output;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.client.PolicyClient;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestOptions;
import io.millrace.plants.Pendulum;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreInspector;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.Trainer;
import io.millrace.trainer.TrainerOptions;
import io.millrace.trainer.TrainerStatus;
import io.millrace.trainer.algorithm.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole loop in this JVM, on an empty directory: a recorded log goes to Kafka, Flink writes it
 * into the store, the trainer learns from it offline and publishes; a fleet of pendulums acts with
 * each revision and logs what it does, and training goes on with that.
 */
public final class Demo {
  private static final Logger LOG = LoggerFactory.getLogger(Demo.class);

  /** So long a demo has to learn; a shorter one is not judged by its returns. */
  private static final Duration FULL_LENGTH = Duration.ofMinutes(5);

  /** Kept for the last episodes, for the rows under way, and for counting. */
  private static final Duration CLOSING = Duration.ofSeconds(15);

  private static final Duration STEP_LIMIT = Duration.ofSeconds(60);
  private static final Duration LINE_INTERVAL = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int PLANTS = 10;
  private static final double STEPS_PER_SECOND = 20;
  private static final int ROWS_PER_MALFORMED = 1_000;

  private final Path directory;
  private final Duration duration;
  private final long revisions;
  private final long seed;
  private final Output output;
  private final long startNanos = System.nanoTime();
  private final RevisionReturns returns = new RevisionReturns();
  private final StatusTable table;

  /**
   * A demo that has not begun.
   *
   * @param directory empty; everything that the demo keeps will be there
   * @param duration of the whole, the summary included
   * @param revisions to end after, if the time is not up before; 0 for none
   */
  public Demo(Path directory, Duration duration, long revisions, long seed, Output output) {
    this.directory = directory.toAbsolutePath().normalize();
    this.duration = duration;
    this.revisions = revisions;
    this.seed = seed;
    this.output = output;
    this.table = new StatusTable(output);
  }

  /**
   * Runs for as long as it was told to, or until the user interrupts, and says what came of it.
   *
   * @throws DemoException if a part of it fails
   */
  public DemoReport run() throws Exception {
    try (var broker = EmbeddedBroker.start(directory.resolve("kafka"), 0)) {
      output.line("Kafka runs on " + broker.bootstrapServers() + "; all files are in " + directory);
      var settings = DemoConfiguration.write(directory, broker.bootstrapServers(), seed);
      try (var topics = Topics.open(settings)) {
        topics.createMissing(settings);
        return run(settings, topics);
      }
    }
  }

  private DemoReport run(Settings settings, Topics topics) throws Exception {
    var ingest = IngestOptions.config(settings);
    try (var job = EmbeddedIngest.start(ingest);
        var log = TransitionLog.open(settings);
        var client = subscribe(settings);
        var trainer = Trainer.open(TrainerOptions.config(settings), new Narrator(output))) {
      var store = new Store(ManifestLog.open(new StoreLayout(ingest.store())), topics, ingest);
      var malformed = new MalformedRecords(ingest.spec(), seed);
      produceRecordedLog(log, malformed);
      var loop = new Loop(store, log, client, trainer, malformed);
      loop.run(job);
      job.stop();
      return report(settings, ingest, loop);
    }
  }

  private static PolicyClient subscribe(Settings settings) {
    return PolicyClient.builder()
        .bootstrapServers(settings.get(StreamOptions.BOOTSTRAP_SERVERS))
        .policyId(settings.get(TrainerOptions.POLICY_ID))
        .spec(StreamOptions.spec(settings))
        .start();
  }

  private void produceRecordedLog(TransitionLog log, MalformedRecords malformed)
      throws IOException {
    var episodes = LoggedEpisodes.pendulumReplay();
    output.line(
        "Logging "
            + episodes.rows()
            + " recorded rows, and a malformed record after every "
            + ROWS_PER_MALFORMED
            + ", as a service with a bug would.");
    try (var progress = output.progress("recorded log", episodes.rows(), "rows")) {
      for (int row = 0; row < episodes.rows() && !Interruption.requested(); row++) {
        log.log(episodes.toTransition(row, "recorded", 0, seed, nowMicros()));
        if (row % ROWS_PER_MALFORMED == ROWS_PER_MALFORMED - 1) {
          log.logBytes(malformed.next());
        }
        progress.step(1);
      }
      log.flush();
    }
  }

  private DemoReport report(Settings settings, IngestConfig ingest, Loop loop) throws IOException {
    long deadLetters = TopicReader.read(settings, ingest.deadLetterTopic(), record -> {});
    var stored = StoreInspector.verify(new StoreLayout(ingest.store()), (bytes, total) -> {});
    stored.problems().forEach(problem -> LOG.error("store: {}", problem));
    if (!stored.problems().isEmpty()) {
      throw new DemoException("the store is not sound: " + stored.problems().get(0));
    }
    var health = loop.client.health();
    var status = loop.trainer.status();
    return new DemoReport(
        directory.toString(),
        seed,
        secondsSinceStart(),
        loop.log.acknowledged(),
        stored.rows(),
        deadLetters,
        stored.duplicates().offsets() + stored.duplicates().steps(),
        status.update(),
        loop.updatesPerSecond(),
        gap(status),
        status.revision(),
        health.applied(),
        health.refused(),
        returns.toList(),
        plot(),
        loop.completed,
        loop.completed && revisions == 0 && duration.compareTo(FULL_LENGTH) >= 0);
  }

  private Optional<String> plot() {
    if (returns.toList().isEmpty()) {
      return Optional.empty();
    }
    var file = directory.resolve("returns.svg");
    try {
      ReturnsPlot.write(file, returns.toList());
      return Optional.of(file.toString());
    } catch (IOException e) {
      LOG.warn("no plot", e);
      output.note("no plot of the returns: " + e.getMessage());
      return Optional.empty();
    }
  }

  private double secondsSinceStart() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  private static Optional<Double> gap(TrainerStatus status) {
    OptionalDouble gap = status.metric(Metrics.CONSERVATIVE_GAP);
    return gap.isPresent() ? Optional.of(gap.getAsDouble()) : Optional.empty();
  }

  private static long nowMicros() {
    return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }

  /** Where ingest stands. */
  private record Store(ManifestLog manifests, Topics topics, IngestConfig ingest) {
    IngestProgress progress() throws IOException, InterruptedException {
      return IngestProgress.read(manifests, topics, ingest.topic());
    }
  }

  /** Training and acting, from the recorded log in Kafka to the last row in the store. */
  private final class Loop {
    private final Store store;
    private final TransitionLog log;
    private final PolicyClient client;
    private final Trainer trainer;
    private final MalformedRecords malformed;
    private final Fleet fleet;
    private volatile boolean closing;
    private volatile long lastRevision;
    private long trainingStartNanos;
    private long trainingEndNanos;
    private boolean completed;

    Loop(
        Store store,
        TransitionLog log,
        PolicyClient client,
        Trainer trainer,
        MalformedRecords malformed) {
      this.store = store;
      this.log = log;
      this.client = client;
      this.trainer = trainer;
      this.malformed = malformed;
      this.fleet =
          new Fleet(
              Pendulum::new,
              PLANTS,
              STEPS_PER_SECOND,
              Fleet.Mode.STOCHASTIC,
              seed,
              client,
              log,
              returns);
    }

    void run(EmbeddedIngest job) throws Exception {
      var training = Background.start("trainer", trainer::run);
      var acting = Background.start("fleet", this::act);
      watch(job, List.of(training, acting));

      trainer.stop();
      training.await(STEP_LIMIT);
      trainingEndNanos = System.nanoTime();
      lastRevision = trainer.status().revision();
      if (lastRevision > 0) {
        client.awaitRevision(lastRevision, STEP_LIMIT);
      }
      closing = true;
      fleet.hurry();
      acting.await(STEP_LIMIT);
      log.flush();
      await("every record in the store", () -> store.progress().lag() == 0);
      printLine();
    }

    double updatesPerSecond() {
      double seconds = (trainingEndNanos - trainingStartNanos) / 1e9;
      return trainingStartNanos == 0 ? 0 : trainer.status().update() / seconds;
    }

    /** Acts from the first revision on; at the end, until the last one has enough episodes. */
    private void act() throws InterruptedException {
      BooleanSupplier mayBegin =
          () -> !closing || fleet.episodes(lastRevision) < DemoReport.EPISODES_OF_LAST_REVISION;
      while (client.current().isEmpty()) {
        if (closing) {
          return;
        }
        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
      }
      fleet.run(mayBegin);
    }

    private void watch(EmbeddedIngest job, List<Background> parts) throws Exception {
      long closingNanos = Math.min(CLOSING.toNanos(), duration.toNanos() / 4);
      long endNanos = startNanos + duration.toNanos() - closingNanos;
      long nextLineNanos = System.nanoTime();
      long nextMalformed = log.acknowledged() + ROWS_PER_MALFORMED;
      while (System.nanoTime() < endNanos && !enoughRevisions() && !Interruption.requested()) {
        for (Background part : parts) {
          part.check();
        }
        if (!job.isRunning()) {
          throw new DemoException("the ingest job ended by itself");
        }
        if (trainingStartNanos == 0 && trainer.status().update() > 0) {
          trainingStartNanos = System.nanoTime();
        }
        if (log.acknowledged() >= nextMalformed) {
          nextMalformed += ROWS_PER_MALFORMED;
          log.logBytes(malformed.next());
        }
        if (System.nanoTime() >= nextLineNanos) {
          nextLineNanos += LINE_INTERVAL.toNanos();
          printLine();
        }
        Interruption.await(POLL);
      }
      completed = !Interruption.requested();
    }

    private boolean enoughRevisions() {
      return revisions > 0 && trainer.status().revision() >= revisions;
    }

    private void printLine() throws IOException, InterruptedException {
      var status = trainer.status();
      var ingested = store.progress();
      table.add(
          (long) secondsSinceStart(),
          log.acknowledged(),
          ingested.rowsStored(),
          ingested.rowsRejected(),
          status.update(),
          status.updatesPerSecond(),
          gap(status),
          status.revision(),
          returns.toList());
    }

    private void await(String what, Condition condition) throws Exception {
      long deadlineNanos = System.nanoTime() + STEP_LIMIT.toNanos();
      while (!condition.holds()) {
        if (System.nanoTime() > deadlineNanos) {
          throw new DemoException(
              "waited " + STEP_LIMIT.toSeconds() + " s for " + what + " in vain");
        }
        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
      }
    }
  }

  /** Something to wait for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }
}
