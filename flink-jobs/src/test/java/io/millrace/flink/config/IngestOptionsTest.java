package io.millrace.flink.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.config.ConfigurationException;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.StreamSpec;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IngestOptionsTest {
  private static final String STREAM =
      """
      stream:
        name: arm
        observation-size: 3
        action-low: [-1]
        action-high: [1]
      """;
  private static final StreamSpec SPEC =
      new StreamSpec("arm", 3, new float[] {-1}, new float[] {1});

  @Test
  void hasADefaultForEverythingButTheStream() {
    assertThat(config(STREAM))
        .isEqualTo(
            new IngestConfig(
                SPEC,
                "arm.transitions",
                "arm.dead-letters",
                Map.of("bootstrap.servers", "127.0.0.1:9092"),
                Path.of("store"),
                1,
                Duration.ofSeconds(2),
                Duration.ofMinutes(5),
                Optional.empty(),
                10,
                StartingPoint.EARLIEST,
                false,
                1 << 20,
                256 << 10,
                Duration.ofMinutes(15),
                1e-5,
                Instant.parse("2000-01-01T00:00:00Z"),
                Duration.ofHours(1)));
  }

  @Test
  void readsEveryOption() {
    assertThat(
            config(
                STREAM
                    + """
                    kafka:
                      bootstrap-servers: broker:9093
                      properties: {security.protocol: SSL}
                    store:
                      path: /data/store
                    ingest:
                      parallelism: 4
                      checkpoint-interval: 500 ms
                      checkpoint-timeout: 1 min
                      checkpoint-path: file:///data/checkpoints
                      restart-attempts: 3
                      start: latest
                      bounded: true
                      max-record-size: 2 MiB
                      dead-letter-value-limit: 1 KiB
                      dead-letter-transaction-timeout: 1 h
                      action-tolerance: 0.01
                      earliest-event-time: 2020-01-01T00:00:00Z
                      event-time-ahead: 5 s
                    """))
        .isEqualTo(
            new IngestConfig(
                SPEC,
                "arm.transitions",
                "arm.dead-letters",
                Map.of("bootstrap.servers", "broker:9093", "security.protocol", "SSL"),
                Path.of("/data/store"),
                4,
                Duration.ofMillis(500),
                Duration.ofMinutes(1),
                Optional.of(URI.create("file:///data/checkpoints")),
                3,
                StartingPoint.LATEST,
                true,
                2 << 20,
                1 << 10,
                Duration.ofHours(1),
                0.01,
                Instant.parse("2020-01-01T00:00:00Z"),
                Duration.ofSeconds(5)));
  }

  @Test
  void saysWhatIsWrongWithEachOption() {
    assertThatThrownBy(
            () ->
                config(
                    STREAM
                        + """
                        ingest:
                          checkpoint-path: somewhere
                          earliest-event-time: yesterday
                          start: middle
                        """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("3 mistakes")
        .hasMessageContaining(
            "ingest.checkpoint-path: expected text, a URI such as file:///var/millrace or empty,"
                + " got 'somewhere'")
        .hasMessageContaining(
            "ingest.earliest-event-time: expected text, a time such as 2000-01-01T00:00:00Z, got"
                + " 'yesterday'")
        .hasMessageContaining("ingest.start: expected one of earliest, latest, got 'middle'");
  }

  @Test
  void refusesATransactionThatRunsOutBeforeItsCheckpoint() {
    assertThatThrownBy(
            () ->
                config(
                    STREAM
                        + """
                        ingest:
                          checkpoint-interval: 20 min
                        """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "ingest.dead-letter-transaction-timeout: expected more than"
                + " ingest.checkpoint-interval");
  }

  private static IngestConfig config(String yaml) {
    return IngestOptions.config(
        Settings.parse("test", yaml, List.of(StreamOptions.GROUP, IngestOptions.GROUP)));
  }
}
