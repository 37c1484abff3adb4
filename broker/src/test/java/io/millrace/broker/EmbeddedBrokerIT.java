package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  @TempDir Path directory;

  @Test
  void keepsWhatItHoldsOverARestart() throws Exception {
    try (var broker = EmbeddedBroker.start(directory, 0)) {
      Map<String, Object> properties = Map.of("bootstrap.servers", broker.bootstrapServers());
      broker.createTopics(new NewTopic("log", 1, (short) 1));
      try (var producer =
          new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
        producer.send(new ProducerRecord<>("log", "key", "value")).get();
      }
    }
    try (var broker = EmbeddedBroker.start(directory, 0);
        var consumer =
            new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
      var partition = new TopicPartition("log", 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      assertThat(consumer.poll(Duration.ofSeconds(30)))
          .singleElement()
          .satisfies(record -> assertThat(record.value()).isEqualTo("value"));
    }
  }

  @Test
  void topicsThatWereMadeTakeRecordsAtOnce() throws Exception {
    int partitions = 100;
    try (var broker = EmbeddedBroker.start(directory, 0)) {
      broker.createTopics(new NewTopic("wide", partitions, (short) 1));
      Map<String, Object> properties =
          Map.of(
              "bootstrap.servers",
              broker.bootstrapServers(),
              "enable.idempotence",
              false,
              "retries",
              0);
      var sent = new ArrayList<Future<RecordMetadata>>();
      try (var producer =
          new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
        for (int partition = partitions - 1; partition >= 0; partition--) {
          sent.add(producer.send(new ProducerRecord<>("wide", partition, "key", "value")));
        }
      }
      for (var record : sent) {
        assertThat(record.get().offset()).isZero();
      }
    }
  }

  @Test
  void severalThatStartAtOnceAreBrokersOfTheirOwn() throws Exception {
    int count = 4;
    var threads = Executors.newFixedThreadPool(count);
    var together = new CyclicBarrier(count);
    var brokers = new ArrayList<EmbeddedBroker>();
    try {
      var starting = new ArrayList<Future<EmbeddedBroker>>();
      for (int i = 0; i < count; i++) {
        var own = directory.resolve("broker-" + i);
        starting.add(
            threads.submit(
                () -> {
                  together.await();
                  return EmbeddedBroker.start(own, 0);
                }));
      }
      for (var broker : starting) {
        brokers.add(broker.get());
      }
      Set<String> clusters = new HashSet<>();
      for (var broker : brokers) {
        try (var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
          var cluster = admin.describeCluster();
          clusters.add(cluster.clusterId().get());
          assertThat(cluster.nodes().get())
              .extracting(node -> node.host() + ":" + node.port())
              .containsExactly(broker.bootstrapServers());
        }
      }
      assertThat(clusters).hasSize(count);
    } finally {
      brokers.forEach(EmbeddedBroker::close);
      threads.shutdown();
    }
  }

  @Test
  void saysThatThePortIsTaken() throws Exception {
    try (var broker = EmbeddedBroker.start(directory, 0)) {
      var bootstrap = broker.bootstrapServers();
      int port = Integer.parseInt(bootstrap.substring(bootstrap.indexOf(':') + 1));
      assertThatThrownBy(() -> EmbeddedBroker.start(directory.resolve("other"), port))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port " + port + " on 127.0.0.1 is taken");
    }
  }
}
