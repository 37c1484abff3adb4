package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a reader of committed records sees in a topic of one partition. */
public final class CommittedRecords {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private CommittedRecords() {}

  /**
   * All records up to where the topic ends now. A commit returns before its marker is in the topic,
   * so that the end which readers of committed records see may still be before the last records:
   * this waits for the markers.
   */
  public static List<ConsumerRecord<byte[], byte[]>> of(String bootstrapServers, String topic)
      throws InterruptedException, ExecutionException {
    var partition = new TopicPartition(topic, 0);
    var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (var admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        var consumer =
            new KafkaConsumer<byte[], byte[]>(
                Map.of(
                    "bootstrap.servers",
                    bootstrapServers,
                    "isolation.level",
                    "read_committed",
                    "key.deserializer",
                    ByteArrayDeserializer.class,
                    "value.deserializer",
                    ByteArrayDeserializer.class))) {
      long end =
          admin
              .listOffsets(
                  Map.of(partition, OffsetSpec.latest()),
                  new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
              .partitionResult(partition)
              .get()
              .offset();
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long deadline = System.nanoTime() + TIMEOUT.toNanos();
      while (consumer.position(partition) < end) {
        assertThat(System.nanoTime())
            .as("a transaction in %s is open at offset %d", topic, consumer.position(partition))
            .isLessThan(deadline);
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }
}
