package io.millrace.flink;

import io.millrace.broker.EmbeddedBroker;
import io.millrace.schemas.KafkaNames;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker for tests, and what they do with it. */
public final class Kafka implements AutoCloseable {
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

  private final EmbeddedBroker broker;
  private final Admin admin;

  private Kafka(EmbeddedBroker broker) {
    this.broker = broker;
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  /** Starts one on a free port. */
  public static Kafka start(Path directory) throws IOException {
    return new Kafka(EmbeddedBroker.start(directory, 0));
  }

  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  public Admin admin() {
    return admin;
  }

  /** Makes the two topics of a stream that the job needs; records of 4 MiB fit into the first. */
  public void createTopics(String stream, int partitions) throws Exception {
    broker.createTopics(
        new NewTopic(KafkaNames.transitions(stream), partitions, (short) 1)
            .configs(Map.of("max.message.bytes", String.valueOf(4 << 20))),
        new NewTopic(KafkaNames.deadLetters(stream), 1, (short) 1));
  }

  /** Sends the records in order and waits until all are there. */
  public void send(Stream<ProducerRecord<byte[], byte[]>> records) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers());
    properties.put("max.request.size", 4 << 20);
    properties.put("batch.size", 256 << 10);
    properties.put("linger.ms", 5);
    var failure = new AtomicReference<Exception>();
    try (var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      records.forEach(
          record -> {
            // What fails is in the callback; waiting for each would be waiting for the network.
            var unused =
                producer.send(
                    record,
                    (metadata, e) -> {
                      if (e != null) {
                        failure.compareAndSet(null, e);
                      }
                    });
          });
    }
    if (failure.get() != null) {
      throw new IllegalStateException("a record was not taken", failure.get());
    }
  }

  /** All committed records of a topic, each partition's in order. */
  public List<ConsumerRecord<byte[], byte[]>> read(String topic) throws Exception {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long deadline = System.nanoTime() + READ_TIMEOUT.toNanos();
      while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(topic + ": not read up to " + ends + " in time");
        }
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
  }
}
