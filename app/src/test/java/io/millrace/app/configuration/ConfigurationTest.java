package io.millrace.app.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.config.Option;
import io.millrace.config.Settings;
import io.millrace.trainer.TrainerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigurationTest {
  private static final String YAML =
      """
      stream: {name: pendulum, observation-size: 3, action-low: [-2], action-high: [2.5]}
      kafka:
        properties:
          sasl.jaas.config: 'Login required user="a" password="b\\c";'
          client.id: 'a: b'
      store: {path: "/tmp/with: colon #and hash"}
      topics: {partitions: 7}
      """;

  private static Settings parse(String yaml) {
    return Settings.parse("m.yaml", yaml, ConfigurationFile.groups());
  }

  @Test
  void whatIsInForceIsYamlThatGivesTheSame() {
    var settings = parse(YAML);
    var yaml = EffectiveConfiguration.toYaml(settings, ConfigurationFile.groups());
    assertThat(parse(yaml).toTexts()).isEqualTo(settings.toTexts());
    assertThat(settings.get(TopicOptions.PARTITIONS)).isEqualTo(7);
  }

  @Test
  void whatIsInForceWithAnotherAlgorithmIsYamlThatGivesTheSame() {
    for (String algorithm : List.of("sac", "cal-ql", "iql", "td3-bc", "bc")) {
      var yaml = YAML + "\ntrainer: {algorithm: " + algorithm + "}\n";
      var settings = TrainerOptions.withDefaults(parse(yaml));
      var again = parse(EffectiveConfiguration.toYaml(settings, ConfigurationFile.groups()));
      assertThat(TrainerOptions.withDefaults(again).toTexts()).isEqualTo(settings.toTexts());
    }
  }

  @Test
  void whatIsInForceForDiscreteActionsIsYamlThatGivesTheSame() {
    var settings =
        parse(
            """
            stream: {name: cartpole, observation-size: 4, actions: 2}
            trainer: {algorithm: cql-discrete}
            """);
    var yaml = EffectiveConfiguration.toYaml(settings, ConfigurationFile.groups());
    assertThat(yaml).contains("  actions: 2\n").doesNotContain("action-low");
    assertThat(parse(yaml).toTexts()).isEqualTo(settings.toTexts());
  }

  @Test
  void theCommittedPageIsWhatTheOptionsSay() throws IOException {
    var page = Path.of("..", "docs", "configuration.md");
    assertThat(Files.readString(page))
        .as("docs/configuration.md; 'bin/millrace config docs > docs/configuration.md' renews it")
        .isEqualTo(ConfigurationPage.markdown(ConfigurationFile.groups()));
  }

  @Test
  void noTwoGroupsHaveAnOptionOfTheSameKeyAndEachIsDescribed() {
    List<? extends Option<?>> options =
        ConfigurationFile.groups().stream().flatMap(group -> group.options().stream()).toList();
    assertThat(options).extracting(Option::key).doesNotHaveDuplicates();
    assertThat(options).extracting(Option::description).allMatch(text -> text.endsWith("."));
  }
}
