package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.app.kafka.TopicReader;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.schemas.v1.Transition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProduceIT {
  @TempDir Path directory;

  @Test
  void logsEveryRowOfTheRecordedEpisodesOnceAndRefusesAnotherStreams() throws Exception {
    try (var broker = EmbeddedBroker.start(directory.resolve("kafka"), 0)) {
      var config = config(broker, 3);
      var run =
          CommandLineHarness.run(
              "produce", "pendulum_replay", "--json", "--config", config.toString());
      assertThat(run.exitCode()).isZero();
      assertThat(new ObjectMapper().readTree(run.out()).get("rows").intValue()).isEqualTo(18_000);

      Set<String> steps = new HashSet<>();
      long records =
          TopicReader.read(
              ConfigurationFile.load(config),
              "p.transitions",
              record -> {
                var row = transition(record.value());
                steps.add(row.getEpisodeId() + ":" + row.getStep() + "@" + record.partition());
                assertThat(row.getObservationCount()).isEqualTo(3);
                assertThat(row.getPolicyId()).isEqualTo("recorded");
                assertThat(row.getPolicyRevision()).isZero();
              });
      assertThat(records).isEqualTo(18_000);
      assertThat(steps).hasSize(18_000);

      var refused =
          CommandLineHarness.run(
              "produce", "pendulum_replay", "--config", config(broker, 4).toString());
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains("pendulum_replay").contains("observation 4");
    }
  }

  private Path config(EmbeddedBroker broker, int observationSize) throws Exception {
    var config = directory.resolve("m" + observationSize + ".yaml");
    Files.writeString(
        config,
        """
        stream: {name: p, observation-size: %d, action-low: [-2], action-high: [2]}
        kafka: {bootstrap-servers: "%s"}
        """
            .formatted(observationSize, broker.bootstrapServers()));
    return config;
  }

  private static Transition transition(byte[] value) {
    try {
      return Transition.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
