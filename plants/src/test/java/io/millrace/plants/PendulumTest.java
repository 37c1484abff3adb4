package io.millrace.plants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PendulumTest {
  private final Pendulum pendulum = new Pendulum();

  // Initial states of gymnasium 1.4.0, make("Pendulum-v1").reset(seed=…)
  @ParameterizedTest
  @CsvSource({
    "0, 0x1.b89ac06c69d18p-1, -0x1.d77a103be9318p-2",
    "1, 0x1.303d8f79e5900p-4, 0x1.cd465aef054aap-1",
    "1000, 0x1.1330de8d62820p-3, 0x1.a956118d93220p-3",
    "1019, -0x1.c7526533eae1ap+0, -0x1.aa0118beb2338p-3",
    "4294967296, 0x1.3972500da175cp+1, 0x1.d4132d1fc63b0p-4",
    "1099511627783, 0x1.094052f8e4474p+1, -0x1.f52291b31fbc8p-2"
  })
  void startsWhereGymnasiumStartsForTheSameSeed(long seed, String angle, String speed) {
    var random = new Pcg64(seed);
    assertThat(random.uniform(-Math.PI, Math.PI)).isEqualTo(Double.parseDouble(angle + "d"));
    assertThat(random.uniform(-1, 1)).isEqualTo(Double.parseDouble(speed + "d"));
    assertThat(pendulum.reset(seed))
        .containsExactly(
            (float) Math.cos(Double.parseDouble(angle)),
            (float) Math.sin(Double.parseDouble(angle)),
            (float) Double.parseDouble(speed));
  }

  @Test
  void startsSomewhereForEverySeed() {
    assertThat(pendulum.reset(-1)).isNotEqualTo(pendulum.reset(Long.MIN_VALUE));
  }

  // The same torques given to gymnasium 1.4.0 after reset(seed=7)
  @Test
  void staysWithGymnasiumForAWholeEpisode() {
    pendulum.reset(7);
    for (int i = 0; i < Pendulum.TIME_LIMIT_STEPS; i++) {
      var step = pendulum.step(new float[] {(float) (2 * Math.sin(.3 * i) + .1)});
      assertThat(step.terminated()).isFalse();
      assertThat(step.truncated()).isEqualTo(i == 199);
      switch (i) {
        case 0 ->
            expect(step, .6577249765396118, .7532581686973572, 1.3400757312774658, -.680914374);
        case 1 ->
            expect(step, .5788851380348206, .8154091238975525, 2.0086753368377686, -.907669868);
        case 49 ->
            expect(step, .9499400854110718, .31243211030960083, .31870436668395996, -.097294528);
        case 199 ->
            expect(step, .8771565556526184, -.4802045524120331, 2.3866217136383057, -1.174542934);
        default -> {}
      }
    }
  }

  private static void expect(Step step, double cos, double sin, double speed, double reward) {
    assertThat(step.observation()[0]).isCloseTo((float) cos, within(1e-6f));
    assertThat(step.observation()[1]).isCloseTo((float) sin, within(1e-6f));
    assertThat(step.observation()[2]).isCloseTo((float) speed, within(1e-6f));
    assertThat(step.reward()).isCloseTo((float) reward, within(1e-6f));
  }

  @Test
  void clipsTheTorqueAndTheSpeed() {
    pendulum.resetTo(Math.PI / 2, 8);
    var step = pendulum.step(new float[] {100});
    assertThat(step.observation()[2]).isEqualTo(8);
    assertThat(step.reward())
        .isCloseTo((float) -(Math.PI * Math.PI / 4 + 6.4 + .004), within(1e-5f));
  }

  @Test
  void measuresTheAngleFromUprightHoweverOftenItHasTurned() {
    pendulum.resetTo(-3 * Math.PI + .5, 0);
    double angle = Math.PI - .5;
    assertThat(pendulum.step(new float[] {0}).reward())
        .isCloseTo((float) -(angle * angle), within(1e-5f));
  }

  @Test
  void runsOneEpisodeAtATime() {
    assertThatThrownBy(() -> new Pendulum().step(new float[] {0}))
        .isInstanceOf(IllegalStateException.class);
    pendulum.reset(0);
    for (int i = 0; i < Pendulum.TIME_LIMIT_STEPS; i++) {
      pendulum.step(new float[] {0});
    }
    assertThatThrownBy(() -> pendulum.step(new float[] {0}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("reset");
  }

  @Test
  void refusesAnActionThatIsNone() {
    pendulum.reset(0);
    assertThatThrownBy(() -> pendulum.step(new float[] {Float.NaN}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> pendulum.step(new float[] {1, 2})).hasMessageContaining("[1.0, 2.0]");
  }
}
