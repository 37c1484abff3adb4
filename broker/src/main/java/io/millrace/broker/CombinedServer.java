package io.millrace.broker;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server$;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Broker and controller of Kafka in one process, put together as {@link KafkaRaftServer} does, but
 * with sockets from outside, which that class has no place for.
 */
final class CombinedServer {
  private static final Logger LOG = LoggerFactory.getLogger(CombinedServer.class);

  private final ControllerServer controller;
  private final BrokerServer broker;

  /**
   * A server that is not started.
   *
   * @param config of a directory that has been formatted
   */
  CombinedServer(KafkaConfig config, ServerSocketFactory sockets) {
    var directories = KafkaRaftServer.initializeLogDirs(config, LOG, "");
    var properties = directories._1();
    var metrics =
        Server$.MODULE$.initializeMetrics(
            config, Time.SYSTEM, properties.clusterId().orElseThrow());
    var shared =
        new SharedServer(
            config,
            properties,
            Time.SYSTEM,
            metrics,
            CompletableFuture.completedFuture(
                QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
            List.of(),
            new StandardFaultHandlerFactory(),
            sockets);
    controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), directories._2());
    broker = new BrokerServer(shared);
  }

  /** Returns when clients are served. */
  void start() {
    controller.startup();
    broker.startup();
  }

  void awaitShutdown() {
    broker.awaitShutdown();
    controller.awaitShutdown();
  }

  void shutdown() {
    // The broker goes first: to leave the cluster it needs the controller.
    broker.shutdown();
    controller.shutdown();
  }
}
