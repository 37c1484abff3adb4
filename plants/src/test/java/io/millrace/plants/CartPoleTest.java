package io.millrace.plants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.util.passthrough.PassthroughNDManager;
import io.millrace.schemas.StreamSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Beside episodes of Gymnasium's own, which {@code benchmarks/peers/cartpole_fixture.py} wrote. */
class CartPoleTest {
  private static final Map<String, ByteBuffer> GYMNASIUM = new HashMap<>();
  private static int rows;

  private final CartPole plant = new CartPole();

  @BeforeAll
  static void read() throws IOException {
    try (var in = Objects.requireNonNull(CartPoleTest.class.getResourceAsStream("cartpole.npz"))) {
      for (NDArray array : NDList.decode(PassthroughNDManager.INSTANCE, in)) {
        GYMNASIUM.put(array.getName(), array.toByteBuffer());
        rows = (int) array.getShape().get(0);
      }
    }
  }

  private static double state(int row, int i) {
    return GYMNASIUM.get("state").getDouble((4 * row + i) * Double.BYTES);
  }

  private static float nextObservation(int row, int i) {
    return GYMNASIUM.get("next_obs").getFloat((4 * row + i) * Float.BYTES);
  }

  private static long integer(String column, int row) {
    return GYMNASIUM.get(column).getLong(row * Long.BYTES);
  }

  private static boolean flag(String column, int row) {
    return GYMNASIUM.get(column).get(row) != 0;
  }

  private static float[] action(int row) {
    return new float[] {integer("action", row)};
  }

  @Test
  void repeatsEveryStepOfGymnasiumFromItsState() {
    assertThat(rows).isGreaterThan(CartPole.TIME_LIMIT_STEPS);
    int ends = 0;
    for (int row = 0; row < rows; row++) {
      plant.resetTo(state(row, 0), state(row, 1), state(row, 2), state(row, 3));
      Step step = plant.step(action(row));
      for (int i = 0; i < 4; i++) {
        assertThat(step.observation()[i])
            .as("row %d, %d", row, i)
            .isEqualTo(nextObservation(row, i));
      }
      assertThat(step.reward()).isEqualTo((float) GYMNASIUM.get("reward").getDouble(8 * row));
      assertThat(step.terminated()).as("row %d", row).isEqualTo(flag("terminated", row));
      ends += step.terminated() ? 1 : 0;
    }
    assertThat(ends).isEqualTo(5);
  }

  /**
   * A pole that falls lets rounding grow, so the long episode is repeated to what is left of it.
   */
  @Test
  void staysWithGymnasiumFromTheSeedToTheEndOfEachEpisode() {
    Step last = null;
    for (int row = 0; row < rows; row++) {
      if (integer("step", row) == 0) {
        assertThat(last == null || last.last()).isTrue();
        float[] first = plant.reset(integer("seed", row));
        for (int i = 0; i < 4; i++) {
          assertThat(first[i]).isEqualTo((float) state(row, i));
        }
      }
      last = plant.step(action(row));
      for (int i = 0; i < 4; i++) {
        assertThat(last.observation()[i]).isCloseTo(nextObservation(row, i), within(1e-2f));
      }
      assertThat(last.terminated()).isEqualTo(flag("terminated", row));
      assertThat(last.truncated()).isEqualTo(flag("truncated", row));
    }
    assertThat(last.truncated()).as("at the time limit").isTrue();
  }

  @Test
  void endsBeyondTheLimitsOfAngleAndPositionOnEitherSide() {
    double limit = Math.toRadians(12);
    for (int side = -1; side <= 1; side += 2) {
      assertThat(ends(0, side * (limit - 1e-6))).isFalse();
      assertThat(ends(0, side * (limit + 1e-6))).isTrue();
      assertThat(ends(side * 2.399999, 0)).isFalse();
      assertThat(ends(side * 2.400001, 0)).isTrue();
    }
  }

  /** Positions move by the velocities from before the step, which are 0. */
  private boolean ends(double position, double angle) {
    plant.resetTo(position, 0, angle, 0);
    return plant.step(new float[] {1}).terminated();
  }

  @Test
  void runsOneEpisodeAtATime() {
    assertThatThrownBy(() -> plant.step(new float[] {0})).isInstanceOf(IllegalStateException.class);
    plant.resetTo(3, 0, 0, 0);
    assertThat(plant.step(new float[] {0}).last()).isTrue();
    assertThatThrownBy(() -> plant.step(new float[] {0})).hasMessageContaining("reset");
  }

  @Test
  void refusesAnActionThatIsNone() {
    plant.reset(0);
    assertThatThrownBy(() -> plant.step(new float[] {0.5f}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 or 1, got [0.5]");
    assertThatThrownBy(() -> plant.step(new float[] {0, 1})).hasMessageContaining("[0.0, 1.0]");
  }

  @Test
  void itsRowsAreOfTwoDiscreteActions() {
    assertThat(plant.spec("c")).isEqualTo(StreamSpec.discrete("c", 4, 2));
  }

  @Test
  void theLogIsPoorAndTheSameForTheSameSeed() {
    var log = CartPoleLog.play(200, 5);
    assertThat(CartPoleLog.play(200, 5).observations()).isEqualTo(log.observations());
    assertThat(CartPoleLog.play(200, 6).observations()).isNotEqualTo(log.observations());
    assertThat(log.spec("cartpole")).isEqualTo(plant.spec("cartpole"));
    assertThat(log.episodeIds()[log.rows() - 1]).isEqualTo(199);
    assertThat(CartPoleLog.meanReturn(log)).isBetween(130.0, 190.0);
    for (int row = 0; row + 1 < log.rows(); row++) {
      boolean last = log.terminated()[row] || log.truncated()[row];
      assertThat(log.steps()[row + 1]).isEqualTo(last ? 0 : log.steps()[row] + 1);
      assertThat(log.behaviourLogProbabilities()[row])
          .isIn((float) Math.log(.5), (float) Math.log(.8), (float) Math.log(.2));
    }
  }
}
