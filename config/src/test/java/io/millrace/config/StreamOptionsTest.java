package io.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.StreamSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamOptionsTest {
  private static StreamSpec spec(String actions) {
    var yaml = "stream: {name: s, observation-size: 4" + actions + "}\n";
    return StreamOptions.spec(Settings.parse("m.yaml", yaml, List.of(StreamOptions.GROUP)));
  }

  @Test
  void boundsOrDiscreteActionsMakeTheSpecification() {
    assertThat(spec(", action-low: [-1, 0], action-high: [1, 2]"))
        .isEqualTo(new StreamSpec("s", 4, new float[] {-1, 0}, new float[] {1, 2}));
    assertThat(spec(", actions: 3")).isEqualTo(StreamSpec.discrete("s", 4, 3));
  }

  @Test
  void eitherMustBeThereAndNotBoth() {
    assertMistake("", "m.yaml: stream.action-low: missing");
    assertMistake(", action-low: [1]", "stream.action-high: missing");
    assertMistake(
        ", actions: 2, action-low: [0]", "stream.action-low: expected none beside stream.actions");
    assertMistake(
        ", actions: 2, action-high: [1]",
        "stream.action-high: expected none beside stream.actions");
    assertMistake(", actions: 1", "stream.actions: expected integer, 0, or 2 to 65536, got '1'");
    assertMistake(", action-low: [1], action-high: [1]", "action bounds [0]: expected finite low");
  }

  private static void assertMistake(String actions, String message) {
    assertThatThrownBy(() -> spec(actions))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }
}
