package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.StreamSpec;
import org.junit.jupiter.api.Test;

class ActionScaleTest {
  @Test
  void numbersAreScaledToTheUnitIntervalAndRoundingIsCutOff() {
    var scale = new ActionScale(new StreamSpec("s", 1, new float[] {-1, 0}, new float[] {3, 10}));
    assertThat(scale.toUnit(0, 1)).isZero();
    assertThat(scale.toUnit(0, 3)).isEqualTo(1);
    assertThat(scale.toUnit(1, 10.0001f)).isEqualTo(1);
    assertThat(scale.toUnit(1, -0.0001f)).isEqualTo(-1);
  }

  @Test
  void theIndexOfADiscreteActionStaysAsItIs() {
    var scale = new ActionScale(StreamSpec.discrete("s", 1, 5));
    for (int index = 0; index < 5; index++) {
      assertThat(scale.toUnit(0, index)).isEqualTo(index);
    }
  }
}
