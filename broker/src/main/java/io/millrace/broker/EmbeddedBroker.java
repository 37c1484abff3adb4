package io.millrace.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A Kafka broker and controller (KRaft combined mode) on the loopback interface, with its log in
 * one directory. What it holds survives a restart on the same directory. No authentication: for
 * trying Millrace, for tests, and for one machine.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final byte[] ADDRESS = {127, 0, 0, 1};
  private static final String CLIENTS = "PLAINTEXT";
  private static final String CONTROLLER = "CONTROLLER";
  private static final int SEGMENT_BYTES = 256 << 20;
  private static final Duration LEADER_TIMEOUT = Duration.ofSeconds(60);
  private static final int LEADER_POLL_MILLIS = 10;

  private final CombinedServer server;
  private final int port;

  private EmbeddedBroker(CombinedServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Formats the directory if it is new, and starts.
   *
   * @param directory of the broker's log; made if it is not there
   * @param port for clients, or 0 for any that is free
   * @throws IOException if the directory cannot be written or the port is taken
   */
  public static EmbeddedBroker start(Path directory, int port) throws IOException {
    try (var listeners = new BoundListeners(InetAddress.getByAddress(ADDRESS))) {
      int clientPort = listeners.bind(CLIENTS, port);
      int controllerPort = listeners.bind(CONTROLLER, 0);
      format(directory);
      var server =
          new CombinedServer(
              new KafkaConfig(properties(directory, clientPort, controllerPort)), listeners);
      server.start();
      return new EmbeddedBroker(server, clientPort);
    }
  }

  /** Value for a client's {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /**
   * Makes topics, each of a given number of partitions, and returns when their leaders answer. A
   * topic that was made has them only some time later, and an idempotent producer that is faster
   * loses its first records to Kafka's KAFKA-15591.
   *
   * @throws ExecutionException if one is there already, or cannot be made
   */
  public void createTopics(NewTopic... topics) throws InterruptedException, ExecutionException {
    try (var admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      admin.createTopics(List.of(topics)).all().get();
      Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
      for (NewTopic topic : topics) {
        for (int partition = 0; partition < topic.numPartitions(); partition++) {
          latest.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
        }
      }
      long deadline = System.nanoTime() + LEADER_TIMEOUT.toNanos();
      while (!answered(admin, latest, deadline)) {
        TimeUnit.MILLISECONDS.sleep(LEADER_POLL_MILLIS);
      }
    }
  }

  /** Whether all leaders answered; not if the broker does not know a topic yet. */
  private static boolean answered(
      Admin admin, Map<TopicPartition, OffsetSpec> partitions, long deadlineNanos)
      throws InterruptedException, ExecutionException {
    try {
      admin.listOffsets(partitions).all().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException
          && System.nanoTime() - deadlineNanos < 0) {
        return false;
      }
      throw e;
    }
  }

  /** Waits until the broker has shut down. */
  public void join() {
    server.awaitShutdown();
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  private static Properties properties(Path directory, int port, int controllerPort) {
    var properties = new Properties();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("controller.quorum.voters", "1@" + HOST + ":" + controllerPort);
    properties.put(
        "listeners",
        CLIENTS
            + "://"
            + HOST
            + ":"
            + port
            + ","
            + CONTROLLER
            + "://"
            + HOST
            + ":"
            + controllerPort);
    properties.put("advertised.listeners", CLIENTS + "://" + HOST + ":" + port);
    properties.put("controller.listener.names", CONTROLLER);
    properties.put("inter.broker.listener.name", CLIENTS);
    properties.put(
        "listener.security.protocol.map", CLIENTS + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
    properties.put("log.dirs", directory.toAbsolutePath().toString());
    properties.put("log.segment.bytes", String.valueOf(SEGMENT_BYTES));
    for (String topic :
        List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      properties.put(topic + ".replication.factor", "1");
    }
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.put("offsets.topic.num.partitions", "1");
    properties.put("transaction.state.log.num.partitions", "1");
    properties.put("group.initial.rebalance.delay.ms", "0");
    // A misspelt topic is an error, not an empty topic.
    properties.put("auto.create.topics.enable", "false");
    // The exactly-once sink of Flink asks for up to an hour.
    properties.put("transaction.max.timeout.ms", "3600000");
    return properties;
  }

  private static void format(Path directory) throws IOException {
    if (Files.exists(directory.resolve("meta.properties"))) {
      return;
    }
    Files.createDirectories(directory);
    var formatter = new Formatter();
    formatter.setPrintStream(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    formatter.setNodeId(1);
    formatter.setClusterId(Uuid.randomUuid().toString());
    formatter.setDirectories(List.of(directory.toAbsolutePath().toString()));
    formatter.setControllerListenerName(CONTROLLER);
    formatter.setMetadataLogDirectory(directory.toAbsolutePath().toString());
    try {
      formatter.run();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("cannot format the broker's directory " + directory, e);
    }
  }
}
