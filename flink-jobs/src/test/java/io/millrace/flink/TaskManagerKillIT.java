package io.millrace.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A JobManager and a TaskManager in their own JVMs, started as a user without containers would. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TaskManagerKillIT {
  private static final int ROWS = 1_000_000;
  private static final int PARTITIONS = 2;
  private static final StreamSpec SPEC = Transitions.spec("pendulum", 3, 1);
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path LOGS = Path.of("target", "cluster-logs").toAbsolutePath();

  @TempDir Path directory;

  private final List<Process> processes = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void endProcesses() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void storesEachRowOnceWhenTheTaskManagerIsKilledInTheMiddle() throws Exception {
    int rpcPort = freePort();
    int restPort = freePort();
    try (var kafka = Kafka.start(directory.resolve("kafka"))) {
      kafka.createTopics(SPEC.stream(), PARTITIONS);
      start("jobmanager", rpcPort, restPort);
      var first = start("taskmanager-1", rpcPort, restPort);
      submit(kafka, rpcPort, restPort);

      var produced = CompletableFuture.runAsync(() -> produce(kafka));
      awaitRows(200_000);
      first.destroyForcibly().waitFor();
      assertThat(committedRows()).isLessThan(ROWS);
      start("taskmanager-2", rpcPort, restPort);
      produced.get();
      awaitRows(ROWS);
      assertThat(kafka.read(KafkaNames.deadLetters(SPEC.stream()))).isEmpty();
    }
    StoredRows.assertHoldsEachOnce(directory.resolve("store"), SPEC, ROWS);
  }

  private void submit(Kafka kafka, int rpcPort, int restPort) throws Exception {
    var config =
        Files.writeString(
            directory.resolve("millrace.yaml"),
            IngestSetup.yaml(
                kafka.bootstrapServers(),
                directory.resolve("store"),
                SPEC,
                "parallelism: 2",
                "checkpoint-interval: 250 ms"));
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> command("run", List.of(config.toString()), rpcPort, restPort).waitFor() == 0);
  }

  private static void produce(Kafka kafka) {
    var topic = KafkaNames.transitions(SPEC.stream());
    kafka.send(
        IntStream.range(0, ROWS)
            .mapToObj(
                number ->
                    new ProducerRecord<>(
                        topic,
                        number % PARTITIONS,
                        null,
                        Transitions.of(SPEC, number).build().toByteArray())));
  }

  private void awaitRows(long rows) {
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> committedRows() >= rows);
  }

  private long committedRows() throws IOException {
    return ManifestLog.open(new StoreLayout(directory.resolve("store")))
        .last()
        .map(StoreManifest::getTotalRows)
        .orElse(0L);
  }

  /** Starts a JobManager or TaskManager; the name may end with a number. */
  private Process start(String name, int rpcPort, int restPort) throws IOException {
    return command(name, List.of(), rpcPort, restPort);
  }

  private Process command(String name, List<String> arguments, int rpcPort, int restPort)
      throws IOException {
    Files.createDirectories(LOGS);
    var command = new ArrayList<String>();
    command.add(ROOT.resolve("deploy/flink/" + name.replaceAll("-\\d+$", "") + ".sh").toString());
    command.addAll(arguments);
    for (String option :
        List.of(
            "jobmanager.rpc.port=" + rpcPort,
            "rest.port=" + restPort,
            // A killed TaskManager is given up after seconds instead of a minute.
            "heartbeat.interval=500",
            "heartbeat.timeout=5000",
            "io.tmp.dirs=" + directory)) {
      command.add("-D");
      command.add(option);
    }
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(LOGS.resolve(name + ".log").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    var process = builder.start();
    processes.add(process);
    return process;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
