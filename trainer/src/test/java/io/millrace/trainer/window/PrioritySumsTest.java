package io.millrace.trainer.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrioritySumsTest {
  /** The slot that a walk over all weights comes to. */
  private static int walk(float[] weights, double mass) {
    double left = mass;
    for (int slot = 0; slot < weights.length; slot++) {
      left -= weights[slot];
      if (left < 0) {
        return slot;
      }
    }
    throw new AssertionError("mass " + mass + " is more than all weights");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 255, 256, 257, 4_097, 70_000})
  void findsTheSlotThatAWalkOverAllWeightsComesTo(int slots) {
    var random = new Random(slots);
    var sums = new PrioritySums();
    var weights = new float[slots];
    for (int i = 0; i < 3 * slots; i++) {
      int slot = i < slots ? i : random.nextInt(slots);
      // Whole numbers are added without rounding, in any order.
      weights[slot] = random.nextInt(4);
      sums.set(slot, weights[slot]);
    }
    double total = 0;
    for (float weight : weights) {
      total += weight;
    }
    assertThat(sums.total()).isEqualTo(total);
    for (int i = 0; i < 200 && total > 0; i++) {
      double mass = random.nextInt((int) total) + random.nextInt(2) * 0.5;
      assertThat(sums.find(mass)).as("%s of %s", mass, total).isEqualTo(walk(weights, mass));
    }
  }

  @Test
  void sumsFollowFromTheWeightsAndNotFromTheOrderInWhichTheyCame() {
    var random = new Random(1);
    var changed = new PrioritySums();
    for (int i = 0; i < 50_000; i++) {
      changed.set(random.nextInt(5_000), (float) Math.exp(10 * random.nextGaussian()));
    }
    var anew = new PrioritySums();
    anew.setAll(changed.copy(5_000));
    assertThat(anew.total()).isEqualTo(changed.total());
    for (int i = 0; i < 1_000; i++) {
      double mass = random.nextDouble() * anew.total();
      assertThat(anew.find(mass)).isEqualTo(changed.find(mass));
    }
  }

  @Test
  void aSlotWithoutWeightIsNeverFoundEvenAtTheVeryEnd() {
    var sums = new PrioritySums();
    sums.set(3, 0.1f);
    sums.set(700, 0.2f);
    sums.set(4_000, 0);
    assertThat(sums.total()).isCloseTo(0.3, within(1e-7));
    assertThat(sums.find(0)).isEqualTo(3);
    assertThat(sums.find(Math.nextDown(sums.total()))).isEqualTo(700);
    assertThat(sums.find(sums.total())).isEqualTo(700);
  }
}
