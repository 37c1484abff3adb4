package io.millrace.flink;

import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestOptions;
import io.millrace.schemas.StreamSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Configurations for tests, by way of the YAML that a user writes. */
public final class IngestSetup {
  private IngestSetup() {}

  /**
   * A configuration.
   *
   * @param ingest options of the section {@code ingest}, each {@code name: value}
   */
  public static IngestConfig config(
      String bootstrapServers, Path store, StreamSpec spec, String... ingest) {
    return IngestOptions.config(
        Settings.parse(
            "test",
            yaml(bootstrapServers, store, spec, ingest),
            List.of(StreamOptions.GROUP, IngestOptions.GROUP)));
  }

  /** The same as text. */
  public static String yaml(
      String bootstrapServers, Path store, StreamSpec spec, String... ingest) {
    var yaml = new StringBuilder();
    yaml.append("stream:\n");
    yaml.append("  name: ").append(spec.stream()).append('\n');
    yaml.append("  observation-size: ").append(spec.observationSize()).append('\n');
    yaml.append("  action-low: ").append(Arrays.toString(spec.actionLow())).append('\n');
    yaml.append("  action-high: ").append(Arrays.toString(spec.actionHigh())).append('\n');
    yaml.append("kafka:\n  bootstrap-servers: ").append(bootstrapServers).append('\n');
    yaml.append("store:\n  path: ").append(store).append('\n');
    yaml.append(ingest.length == 0 ? "" : "ingest:\n");
    for (String option : ingest) {
      yaml.append("  ").append(option).append('\n');
    }
    return yaml.toString();
  }
}
