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
}
