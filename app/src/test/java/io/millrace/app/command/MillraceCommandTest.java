package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MillraceCommandTest {
  @TempDir Path directory;

  static Stream<List<String>> everyVerb() {
    return verbs(MillraceCommand.commandLine(), List.of());
  }

  private static Stream<List<String>> verbs(CommandLine line, List<String> path) {
    return line.getSubcommands().entrySet().stream()
        .flatMap(
            entry -> {
              var verb = Stream.concat(path.stream(), Stream.of(entry.getKey())).toList();
              return Stream.concat(Stream.of(verb), verbs(entry.getValue(), verb));
            });
  }

  @ParameterizedTest
  @MethodSource("everyVerb")
  void everyVerbExplainsItselfWithinEightyColumns(List<String> verb) {
    var args = Stream.concat(verb.stream(), Stream.of("--help")).toArray(String[]::new);
    var run = CommandLineHarness.run(args);
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Usage: millrace " + String.join(" ", verb));
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80, "80 columns");
  }

  @Test
  void theCommittedPageIsWhatTheCommandsSayOfThemselves() throws IOException {
    assertThat(Files.readString(Path.of("..", "docs", "cli", "README.md")))
        .as("'bin/millrace generate-command-page > docs/cli/README.md' renews it")
        .isEqualTo(CommandPage.markdown());
  }

  @Test
  void withoutAVerbItListsThem() {
    var run = CommandLineHarness.run();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            MillraceCommand.commandLine().getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(verb -> !verb.usageMessage().hidden())
                .map(verb -> "\n  " + verb.name() + " ")
                .toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch", "broker --nosuch 1", "broker --port x", "topics", "config"})
  void mistakesInTheCommandLineExitWithTwoAndOneSentence(String arguments) {
    var run = CommandLineHarness.run(arguments.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("millrace: ").contains("--help'.").doesNotContain("\tat ");
  }

  @Test
  void aMissingConfigurationFileIsNamed() {
    var file = directory.resolve("none.yaml");
    var run = CommandLineHarness.run("config", "validate", "--config", file.toString());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("no configuration file " + file);
  }

  @Test
  void everyMistakeOfAConfigurationIsReportedAtOnce() throws IOException {
    var file = directory.resolve("m.yaml");
    Files.writeString(
        file,
        """
        stream:
          name: pendulum
          observation-size: 0
          action-low: [-2]
        topics:
          partitions: many
          partition: 3
        """);
    var run = CommandLineHarness.run("config", "validate", "--json", "--config", file.toString());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("4 mistakes")
        .contains(file + ":3: stream.observation-size: expected integer, 1 to 65536, got '0'")
        .contains(file + ":6: topics.partitions: expected integer")
        .contains(":7: topics.partition: unknown option; did you mean topics.partitions?")
        .contains("stream.action-high: missing");
    var json = new ObjectMapper().readTree(run.out());
    assertThat(json.get("valid").booleanValue()).isFalse();
    assertThat(json.get("problems")).hasSize(4);
  }

  @Test
  void aBrokerThatIsNotThereIsAFailureInOneSentenceAndItsDetailsAreInTheLog() throws IOException {
    var file = directory.resolve("m.yaml");
    Files.writeString(
        file,
        """
        stream: {name: pendulum, observation-size: 3, action-low: [-2], action-high: [2]}
        kafka:
          bootstrap-servers: 127.0.0.1:1
          properties: {default.api.timeout.ms: 500, request.timeout.ms: 500}
        """);
    var run =
        CommandLineHarness.run(
            "topics",
            "create",
            "--config",
            file.toString(),
            "--log-file",
            directory.resolve("m.log").toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("no Kafka broker answers at 127.0.0.1:1")
        .contains(directory.resolve("m.log").toString())
        .doesNotContain("\tat ");
  }

  @Test
  void completionIsAScriptForTheShell() {
    var run = CommandLineHarness.run("generate-completion");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("complete -F _complete_millrace");
  }
}
