package io.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private enum Mode {
    CQL_SAC,
    SAC
  }

  private static final Option<Integer> BATCH =
      Option.of("trainer.batch-size", OptionType.INTEGER)
          .require(size -> size >= 1, "1 or more")
          .withDefault(256);
  private static final Option<Duration> EVERY = Option.of("trainer.every", OptionType.DURATION);
  private static final Option<Mode> MODE =
      Option.of("trainer.mode", OptionType.oneOf(Mode.class)).withDefault(Mode.SAC);
  private static final Option<Long> LIMIT =
      Option.of("trainer.limit", OptionType.BYTES).withDefault(1L << 20);
  private static final Option<Map<String, String>> PROPERTIES =
      Option.of("trainer.properties", OptionType.TEXTS_BY_NAME).withDefault(Map.of());
  private static final OptionGroup GROUP =
      new OptionGroup(
          List.of(BATCH, EVERY, MODE, LIMIT, PROPERTIES),
          (settings, problems) -> {
            if (settings.get(BATCH) > 1000 && settings.get(MODE) == Mode.SAC) {
              problems.add(BATCH, "expected at most 1000 with sac");
            }
          });

  private static Settings parse(String yaml) {
    return Settings.parse("m.yaml", yaml, List.of(GROUP));
  }

  @Test
  void readsEveryTypeAndFillsInDefaults() {
    var settings =
        parse(
            """
            trainer:
              every: 500 ms
              mode: cql-sac
              limit: 16 MiB
              properties: {security.protocol: SSL, retries: 3}
            """);
    assertThat(settings.get(BATCH)).isEqualTo(256);
    assertThat(settings.get(EVERY)).isEqualTo(Duration.ofMillis(500));
    assertThat(settings.get(MODE)).isEqualTo(Mode.CQL_SAC);
    assertThat(settings.get(LIMIT)).isEqualTo(16 << 20);
    assertThat(settings.get(PROPERTIES))
        .isEqualTo(Map.of("security.protocol", "SSL", "retries", "3"));
    assertThat(settings.toTexts())
        .containsEntry("trainer.every", "500 ms")
        .containsEntry("trainer.limit", "16 MiB")
        .containsEntry("trainer.mode", "cql-sac");
  }

  @Test
  void reportsEveryMistakeAtOnceWithItsLine() {
    assertThatThrownBy(
            () ->
                parse(
                    """
                    trainer:
                      batch-size: 0
                      batchsize: 3
                      mode: dqn
                      mode: sac
                    other:
                      unknown: passed over
                    """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("5 mistakes")
        .hasMessageContaining("m.yaml:2: trainer.batch-size: expected integer, 1 or more, got '0'")
        .hasMessageContaining(
            "m.yaml:3: trainer.batchsize: unknown option; did you mean trainer.batch-size?")
        .hasMessageContaining("m.yaml:4: trainer.mode: expected one of cql-sac, sac, got 'dqn'")
        .hasMessageContaining("m.yaml:5: trainer.mode: written twice")
        .hasMessageContaining("m.yaml: trainer.every: missing; expected duration");
  }

  @Test
  void checksOptionsTogetherOnceEachIsFine() {
    assertThatThrownBy(() -> parse("trainer: {every: 1 s, batch-size: 2000}"))
        .hasMessageContaining("m.yaml:1: trainer.batch-size: expected at most 1000 with sac");
  }

  @Test
  void saysWhereTheYamlIsBroken() {
    assertThatThrownBy(() -> parse("trainer:\n  every: [1\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("m.yaml:3: not YAML");
  }

  @Test
  void refusesAnOverrideThatTheFileCouldNotHold() {
    var settings = parse("trainer: {every: 1 s}");
    assertThat(settings.with(BATCH, 8).get(BATCH)).isEqualTo(8);
    assertThat(settings.get(BATCH)).isEqualTo(256);
    assertThatThrownBy(() -> settings.with(BATCH, 0)).hasMessageContaining("trainer.batch-size");
  }
}
