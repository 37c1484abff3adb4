package io.millrace.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.config.IngestConfig;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestJobIT {
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
  void storesWhatIsThere() throws Exception {
    var spec = Transitions.spec("first", 3, 1);
    kafka.createTopics("first", 2);
    send(spec, 0, 10_000);
    var config =
        IngestSetup.config(
            kafka.bootstrapServers(), directory, spec, "bounded: true", "restart-attempts: 0");
    run(config);
    StoredRows.assertHoldsEachOnce(directory, spec, 10_000);
    assertThat(kafka.read(KafkaNames.deadLetters("first"))).isEmpty();
  }

  private static void send(StreamSpec spec, int from, int to) {
    var topic = KafkaNames.transitions(spec.stream());
    kafka.send(
        IntStream.range(from, to)
            .mapToObj(
                number ->
                    new ProducerRecord<>(
                        topic,
                        number % 2,
                        null,
                        Transitions.of(spec, number).build().toByteArray())));
  }

  private static void run(IngestConfig config) throws Exception {
    IngestJob.executeAsync(IngestJob.localEnvironment(config), config)
        .getJobExecutionResult()
        .get();
  }
}
