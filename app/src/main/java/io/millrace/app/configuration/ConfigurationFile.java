package io.millrace.app.configuration;

import io.millrace.config.OptionGroup;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.flink.config.IngestOptions;
import io.millrace.trainer.TrainerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The one configuration file: every part of Millrace reads its section of it. */
public final class ConfigurationFile {
  private static final List<OptionGroup> GROUPS =
      List.of(StreamOptions.GROUP, TopicOptions.GROUP, IngestOptions.GROUP, TrainerOptions.GROUP);

  private ConfigurationFile() {}

  /** Every option there is, in the order of the documentation. */
  public static List<OptionGroup> groups() {
    return GROUPS;
  }

  /**
   * Reads a file.
   *
   * @throws io.millrace.config.ConfigurationException with all of its mistakes
   * @throws IOException if the file cannot be read
   */
  public static Settings load(Path file) throws IOException {
    return TrainerOptions.withDefaults(Settings.load(file, GROUPS));
  }
}
