package io.millrace.app.command;

import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The configuration file that most verbs read. */
final class ConfigurationOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "millrace.yaml",
      description = "Configuration (default: ${DEFAULT-VALUE} in this directory).")
  private Path file;

  Path file() {
    return file;
  }

  /**
   * Reads the file.
   *
   * @throws io.millrace.config.ConfigurationException with all mistakes
   */
  Settings settings() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ParameterException(
          verb.commandLine(),
          "no configuration file "
              + file
              + "; name one with --config (there are examples in"
              + " examples/)");
    }
    return ConfigurationFile.load(file);
  }
}
