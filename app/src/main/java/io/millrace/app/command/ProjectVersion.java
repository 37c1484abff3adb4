package io.millrace.app.command;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that Maven built. */
final class ProjectVersion implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    var properties = new Properties();
    try (var in = ProjectVersion.class.getResourceAsStream("/millrace-version.properties")) {
      properties.load(in);
    }
    return new String[] {"millrace " + properties.getProperty("version")};
  }
}
