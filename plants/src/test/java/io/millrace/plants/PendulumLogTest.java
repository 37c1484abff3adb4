package io.millrace.plants;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.datasets.LoggedEpisodes;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Every logged row of Gymnasium's pendulum, stepped again from its logged observation. The log has
 * the angle as cosine and sine in float32, so that a step is repeated to about 1e-6, a unit in the
 * last place, and no better.
 */
class PendulumLogTest {
  private static final float NEXT_OBSERVATION_TOLERANCE = 1e-6f;
  private static final float REWARD_TOLERANCE = 3e-6f;

  @Test
  void repeatsEveryLoggedRow() throws Exception {
    // -Dmillrace.pendulum.log=file.npz checks another log.
    String other = System.getProperty("millrace.pendulum.log");
    LoggedEpisodes log =
        other == null ? LoggedEpisodes.pendulumReplay() : LoggedEpisodes.read(Path.of(other));
    var worst = worst(log);
    System.getLogger(PendulumLogTest.class.getName())
        .log(System.Logger.Level.INFO, "{0} rows: {1}", log.rows(), worst);
    assertThat(worst.nextObservation()).isLessThan(NEXT_OBSERVATION_TOLERANCE);
    assertThat(worst.reward()).isLessThan(REWARD_TOLERANCE);
  }

  private static Worst worst(LoggedEpisodes log) throws IOException {
    var pendulum = new Pendulum();
    double worstObservation = 0;
    double worstReward = 0;
    for (int row = 0; row < log.rows(); row++) {
      double cos = log.observations()[3 * row];
      double sin = log.observations()[3 * row + 1];
      pendulum.resetTo(Math.atan2(sin, cos), log.observations()[3 * row + 2]);
      Step step = pendulum.step(new float[] {log.actions()[row]});
      for (int i = 0; i < 3; i++) {
        double error = Math.abs(step.observation()[i] - log.nextObservations()[3 * row + i]);
        worstObservation = Math.max(worstObservation, error);
      }
      worstReward = Math.max(worstReward, Math.abs(step.reward() - log.rewards()[row]));
    }
    return new Worst(worstObservation, worstReward);
  }

  private record Worst(double nextObservation, double reward) {}
}
