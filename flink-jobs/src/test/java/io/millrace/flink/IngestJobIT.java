package io.millrace.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestException;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class IngestJobIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int PARTITIONS = 3;

  @TempDir static Path brokerDirectory;
  private static Kafka kafka;

  @TempDir Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = Kafka.start(brokerDirectory);
  }

  @AfterAll
  static void stopBroker() {
    kafka.close();
  }

  @Test
  void commitsTheRowsAfterTheLastCheckpointWhenTheInputEnds() throws Exception {
    var spec = stream("tail");
    send(spec, 0, 10_000);
    run(config(spec, "bounded: true", "checkpoint-interval: 10 min", "parallelism: 2"));
    StoredRows.assertHoldsEachOnce(directory, spec, 10_000);
  }

  @Test
  void startsWhereTheStoreEndsWhenItHasNoStateOfItsOwn() throws Exception {
    var spec = stream("again");
    send(spec, 0, 20_000);
    sendBad(spec, "first");
    run(config(spec, "bounded: true"));
    send(spec, 20_000, 30_000);
    sendBad(spec, "second");
    run(config(spec, "bounded: true", "parallelism: 2"));
    run(config(spec, "bounded: true"));

    StoredRows.assertHoldsEachOnce(directory, spec, 30_000);
    assertThat(manifests().stream().map(StoreManifest::getRunId).distinct()).hasSize(2);
    assertThat(kafka.read(KafkaNames.deadLetters("again")))
        .extracting(record -> new String(record.key(), StandardCharsets.UTF_8))
        .containsExactly("first", "second");
  }

  @Test
  void startsAtTheEndOfATopicThatTheStoreHasNothingOf() throws Exception {
    var spec = stream("latest");
    send(spec, 0, 100);
    var running =
        start(config(spec, "start: latest", "checkpoint-interval: 200 ms", "restart-attempts: 0"));
    // Rows of the second half show up once the source has seen where the first half ends.
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              send(spec, 100, 200);
              return !manifests().isEmpty();
            });
    IngestJob.stop(running, directory.resolve("savepoints").toUri(), PATIENCE);
    for (StoreManifest manifest : manifests()) {
      assertThat(manifest.getSourcesList()).allMatch(source -> source.getStartOffset() >= 33);
    }
  }

  @Test
  void storesEachRowOnceWhenTaskManagersAreLost() throws Exception {
    var spec = stream("lost");
    RecordedMetrics.clear();
    var flink = new Configuration();
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
    flink.setString("metrics.reporters", "recorded");
    flink.setString(
        "metrics.reporter.recorded.factory.class", RecordedMetrics.Factory.class.getName());
    var environment = StreamExecutionEnvironment.createLocalEnvironment();
    IngestJob.addTo(environment, config(spec, "parallelism: 2", "checkpoint-interval: 200 ms"));
    var cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(2)
                .setNumSlotsPerTaskManager(1)
                .build());
    cluster.start();
    try {
      var job = environment.getStreamGraph();
      cluster.submitJob(job).get();
      int sent = 0;
      for (int lost = 0; lost < 2; lost++) {
        send(spec, sent, sent += 20_000);
        long committed = committedRows();
        await().atMost(PATIENCE).until(() -> committedRows() > committed);
        send(spec, sent, sent += 20_000);
        sendBad(spec, "bad-" + lost);
        cluster.terminateTaskManager(lost).get();
        cluster.startTaskManager();
      }
      int all = sent;
      await().atMost(PATIENCE).until(() -> committedRows() == all);
      assertThat(RecordedMetrics.sum(".numRestarts")).isEqualTo(2);
      await().atMost(PATIENCE).until(() -> kafka.read(KafkaNames.deadLetters("lost")).size() == 2);
      cluster.cancelJob(job.getJobID()).get();
    } finally {
      cluster.closeAsync().get();
    }
    StoredRows.assertHoldsEachOnce(directory, spec, 80_000);
    assertThat(manifests().stream().map(StoreManifest::getRunId).distinct()).hasSize(1);
  }

  @Test
  void stopsWithAllThatItHasReadCommittedAndGoesOnFromItsSavepoint() throws Exception {
    var spec = stream("stopped");
    send(spec, 0, 5_000);
    var running = start(config(spec, "checkpoint-interval: 200 ms"));
    await().atMost(PATIENCE).until(() -> committedRows() > 0);
    send(spec, 5_000, 10_000);
    var savepoint = IngestJob.stop(running, directory.resolve("savepoints").toUri(), PATIENCE);
    assertThat(running.getJobStatus().get()).isEqualTo(JobStatus.FINISHED);

    send(spec, 10_000, 15_000);
    var config = config(spec, "checkpoint-interval: 200 ms", "parallelism: 2");
    var environment = IngestJob.localEnvironment(config);
    var recovery = new Configuration();
    recovery.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint.toString());
    environment.configure(recovery);
    var restored = IngestJob.executeAsync(environment, config);
    await().atMost(PATIENCE).until(() -> committedRows() == 15_000);
    IngestJob.stop(restored, directory.resolve("savepoints").toUri(), PATIENCE);
    StoredRows.assertHoldsEachOnce(directory, spec, 15_000);
  }

  @Test
  void refusesToStartWithoutItsTopics() {
    var spec = Transitions.spec("absent", 3, 1);
    assertThatThrownBy(() -> start(config(spec, "bounded: true")))
        .isInstanceOf(IngestException.class)
        .hasMessage(
            "topic absent.transitions does not exist on %s; 'millrace topics create' makes it",
            kafka.bootstrapServers());
  }

  @Test
  void refusesToStartWhenALetterCouldBeTooLargeForItsTopic() throws Exception {
    var spec = stream("narrow");
    assertThatThrownBy(() -> start(config(spec, "dead-letter-value-limit: 1 MiB")))
        .isInstanceOf(IngestException.class)
        .hasMessageContaining("topic narrow.dead-letters takes records of up to 1048588 bytes")
        .hasMessageContaining("lower ingest.dead-letter-value-limit");
  }

  @Test
  void refusesAStoreOfATopicThatHasBeenMadeAnew() throws Exception {
    var spec = stream("anew");
    send(spec, 0, 1_000);
    run(config(spec, "bounded: true"));
    kafka.admin().deleteTopics(List.of(KafkaNames.transitions("anew"))).all().get();
    kafka.admin().deleteTopics(List.of(KafkaNames.deadLetters("anew"))).all().get();
    stream("anew");
    assertThatThrownBy(() -> run(config(spec, "bounded: true")))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage(
            "partition anew.transitions-0 ends at offset 0, but the store "
                + directory
                + " has been written up to offset 334 of it: the topic has been made anew since;"
                + " expected a new store for it");
  }

  @Test
  void failsOneOfTwoJobsOnOneStoreAndStoresEachRowOnce() throws Exception {
    var spec = stream("twice");
    var first = start(config(spec, "checkpoint-interval: 200 ms"));
    var second = start(config(spec, "checkpoint-interval: 200 ms"));
    var firstToEnd =
        CompletableFuture.anyOf(first.getJobExecutionResult(), second.getJobExecutionResult());
    int sent = 0;
    while (!firstToEnd.isDone()) {
      send(spec, sent, sent += 3_000);
      int all = sent;
      await().atMost(PATIENCE).until(() -> committedRows() == all);
    }
    assertThatThrownBy(firstToEnd::get)
        .rootCause()
        .hasMessageContaining("another ingest job writes to this store");
    StoredRows.assertHoldsEachOnce(directory, spec, sent);
    var survivor = first.getJobExecutionResult().isDone() ? second : first;
    IngestJob.stop(survivor, directory.resolve("savepoints").toUri(), PATIENCE);
  }

  @Test
  void stopsAJobThatHasOnlyJustBeenStarted() throws Exception {
    var spec = stream("brief");
    var job = start(config(spec));
    var savepoint = IngestJob.stop(job, directory.resolve("savepoints").toUri(), PATIENCE);
    assertThat(Path.of(savepoint).resolve("_metadata")).exists();
  }

  private static StreamSpec stream(String name) throws Exception {
    kafka.createTopics(name, PARTITIONS);
    return Transitions.spec(name, 3, 1);
  }

  private static void send(StreamSpec spec, int from, int to) {
    var topic = KafkaNames.transitions(spec.stream());
    kafka.send(
        IntStream.range(from, to)
            .mapToObj(
                number ->
                    new ProducerRecord<>(
                        topic,
                        number % PARTITIONS,
                        null,
                        Transitions.of(spec, number).build().toByteArray())));
  }

  private static void sendBad(StreamSpec spec, String key) {
    kafka.send(
        List.of(
            new ProducerRecord<byte[], byte[]>(
                KafkaNames.transitions(spec.stream()),
                0,
                key.getBytes(StandardCharsets.UTF_8),
                new byte[0]))
            .stream());
  }

  private IngestConfig config(StreamSpec spec, String... options) {
    return IngestSetup.config(kafka.bootstrapServers(), directory, spec, options);
  }

  private static JobClient start(IngestConfig config) throws Exception {
    return IngestJob.executeAsync(IngestJob.localEnvironment(config), config);
  }

  private static void run(IngestConfig config) throws Exception {
    start(config).getJobExecutionResult().get();
  }

  private List<StoreManifest> manifests() throws IOException {
    return ManifestLog.open(new StoreLayout(directory)).after(0);
  }

  private long committedRows() throws IOException {
    return ManifestLog.open(new StoreLayout(directory))
        .last()
        .map(StoreManifest::getTotalRows)
        .orElse(0L);
  }
}
