package io.millrace.app.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.config.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsIT {
  @TempDir Path directory;

  @Test
  void makesWhatIsMissingAndLeavesWhatIsThere() throws Exception {
    try (var broker = EmbeddedBroker.start(directory, 0);
        var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      var settings = settings(broker, 3);
      try (var topics = Topics.open(settings)) {
        assertThatThrownBy(() -> topics.endOffsets("p.transitions"))
            .isInstanceOf(KafkaFailure.class)
            .hasMessageContaining("p.transitions")
            .hasMessageContaining("millrace topics create");
        assertThat(topics.createMissing(settings).values()).hasSize(4).containsOnly(true);
        assertThat(topics.endOffsets("p.transitions")).isEqualTo(Map.of(0, 0L, 1, 0L, 2, 0L));
        assertThat(topics.createMissing(settings(broker, 5)).values()).containsOnly(false);
        assertThat(topics.endOffsets("p.transitions")).hasSize(3);
      }
      assertThat(config(admin, "p.policies").get("cleanup.policy").value()).isEqualTo("compact");
      assertThat(config(admin, "p.policy-log").get("cleanup.policy").value()).isEqualTo("delete");
      assertThat(config(admin, "p.policy-log").get("retention.ms").value()).isEqualTo("-1");
      assertThat(config(admin, "p.policies").get("max.message.bytes").value())
          .isEqualTo(String.valueOf(64 << 20));
      assertThat(config(admin, "p.transitions").get("max.message.bytes").value())
          .isEqualTo(String.valueOf(4 << 20));
    }
  }

  @Test
  void topicsThatWereMadeTakeRecordsAtOnce() throws Exception {
    int partitions = 100;
    try (var broker = EmbeddedBroker.start(directory, 0)) {
      var settings = settings(broker, partitions);
      try (var topics = Topics.open(settings)) {
        topics.createMissing(settings);
      }
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
          sent.add(producer.send(new ProducerRecord<>("p.transitions", partition, "", "")));
        }
      }
      for (var record : sent) {
        assertThat(record.get().offset()).isZero();
      }
    }
  }

  private static Settings settings(EmbeddedBroker broker, int partitions) {
    return Settings.parse(
        "test",
        """
        stream: {name: p, observation-size: 3, action-low: [-2], action-high: [2]}
        kafka: {bootstrap-servers: "%s"}
        topics: {partitions: %d}
        """
            .formatted(broker.bootstrapServers(), partitions),
        ConfigurationFile.groups());
  }

  private static Config config(Admin admin, String topic) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin.describeConfigs(List.of(resource)).all().get().get(resource);
  }
}
