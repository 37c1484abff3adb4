package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StreamSpecTest {
  @Test
  void survivesTheWire() {
    var spec = new StreamSpec("pendulum", 3, new float[] {-2, 0}, new float[] {2, .5f});
    assertThat(StreamSpec.of(spec.toMessage())).isEqualTo(spec);
  }

  @Test
  void namesTheBoundThatIsWrong() {
    assertThatThrownBy(() -> new StreamSpec("s", 3, new float[] {-1, 2}, new float[] {1, 2}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[1]")
        .hasMessageContaining("2.0");
    assertThatThrownBy(() -> new StreamSpec("s", 3, new float[] {Float.NaN}, new float[] {1}))
        .hasMessageContaining("NaN");
  }

  @Test
  void keepsItsBoundsWhenTheCallersArrayChanges() {
    var low = new float[] {-1};
    var spec = new StreamSpec("s", 1, low, new float[] {1});
    low[0] = 7;
    spec.actionLow()[0] = 9;
    assertThat(spec.actionLow(0)).isEqualTo(-1);
  }

  @Test
  void discreteActionsSurviveTheWireAndAreNotBounds() {
    var spec = StreamSpec.discrete("cartpole", 4, 2);
    assertThat(StreamSpec.of(spec.toMessage())).isEqualTo(spec);
    assertThat(spec.isDiscrete()).isTrue();
    assertThat(spec.actionSize()).isEqualTo(1);
    assertThat(spec.actionLow(0)).isEqualTo(0);
    assertThat(spec.actionHigh(0)).isEqualTo(1);
    assertThat(spec)
        .hasToString("stream cartpole: observation 4, 2 discrete actions")
        .isNotEqualTo(StreamSpec.discrete("cartpole", 4, 3))
        .isNotEqualTo(new StreamSpec("cartpole", 4, new float[] {0}, new float[] {1}));
  }

  /** A reader from before discrete actions finds no bounds and says so, and does not misread. */
  @Test
  void theWireFormOfDiscreteActionsHasNoBounds() {
    var message = StreamSpec.discrete("s", 4, 2).toMessage();
    assertThat(message.getActionLowList()).isEmpty();
    assertThatThrownBy(() -> StreamSpec.of(message.toBuilder().addActionLow(0).build()))
        .hasMessageContaining("action bounds: expected none beside 2 discrete actions");
    assertThatThrownBy(() -> StreamSpec.of(message.toBuilder().clearDiscreteActions().build()))
        .hasMessageContaining("actionLow");
  }

  @Test
  void oneActionIsNoChoice() {
    assertThatThrownBy(() -> StreamSpec.discrete("s", 4, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("actions: expected 2 to 65536 discrete ones, got 1");
    assertThatThrownBy(() -> StreamSpec.discrete("s", 4, -1)).hasMessageContaining("got -1");
  }
}
