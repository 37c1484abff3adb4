package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README says to type can be typed. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)\\)");

  private static List<String> blocks(String language) throws IOException {
    return BLOCK
        .matcher(Files.readString(ROOT.resolve("README.md")))
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  static List<String> commands() throws IOException {
    return blocks("bash").stream()
        .flatMap(String::lines)
        .map(line -> line.replaceFirst("#.*", "").strip())
        .filter(line -> line.startsWith("bin/millrace"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandIsOneThatTheCommandLineTakes(String command) {
    var arguments = command.replaceFirst("bin/millrace ?", "").split(" ");
    assertThatCode(() -> MillraceCommand.commandLine().parseArgs(arguments))
        .doesNotThrowAnyException();
  }

  @Test
  void theExampleConfigurationHasNoMistakes() throws IOException {
    var examples = blocks("yaml");
    assertThat(examples).isNotEmpty();
    for (String yaml : examples) {
      assertThatCode(() -> Settings.parse("README.md", yaml, ConfigurationFile.groups()))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void theTestCommandIsTheOneThatContinuousIntegrationRuns() throws IOException {
    assertThat(blocks("bash")).contains("mvn -B verify\n");
    assertThat(Files.readAllLines(ROOT.resolve(".ci/run"))).contains("mvn -B verify");
  }

  @Test
  void everyFileThatIsLinkedIsThere() throws IOException {
    assertThat(LINK.matcher(Files.readString(ROOT.resolve("README.md"))).results())
        .map(link -> link.group(1))
        .isNotEmpty()
        .allMatch(link -> Files.exists(ROOT.resolve(link)), "exists");
  }
}
