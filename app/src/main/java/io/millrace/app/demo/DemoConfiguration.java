package io.millrace.app.demo;

import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.config.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** The demo's configuration file: {@code demo.yaml} with what differs from run to run. */
final class DemoConfiguration {
  private DemoConfiguration() {}

  /**
   * Writes {@code millrace.yaml} into the demo's directory, and reads it.
   *
   * @param bootstrapServers of the embedded broker
   */
  static Settings write(Path directory, String bootstrapServers, long seed) throws IOException {
    var file = directory.resolve("millrace.yaml");
    Files.writeString(
        file,
        template()
            .replace("${bootstrap-servers}", bootstrapServers)
            .replace("${seed}", String.valueOf(seed))
            .replace("${store}", quoted(directory.resolve("store")))
            .replace("${trainer}", quoted(directory.resolve("trainer"))));
    return ConfigurationFile.load(file);
  }

  private static String template() throws IOException {
    try (var in = DemoConfiguration.class.getResourceAsStream("/demo.yaml")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
