package io.millrace.datasets;

import static io.millrace.datasets.NpzFixture.longs;
import static io.millrace.datasets.NpzFixture.twoRows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.StreamSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscreteEpisodesTest {
  @TempDir Path directory;

  private static NpzFixture discrete(long... actions) {
    return twoRows()
        .without("action_low")
        .without("action_high")
        .with("discrete_actions", "<i8", "(1,)", longs(3))
        .with("action", "<i8", "(2,)", longs(actions));
  }

  @Test
  void readsIndicesOfDiscreteActions() throws Exception {
    var episodes = LoggedEpisodes.read(discrete(2, 0).in(directory));
    assertThat(episodes.spec("s")).isEqualTo(StreamSpec.discrete("s", 2, 3));
    assertThat(episodes.actions()).containsExactly(2, 0);
    assertThat(episodes.ignoredArrays()).isEmpty();
    assertThat(episodes.toTransition(0, "p", 0, 0, 0).getActionList()).containsExactly(2f);
  }

  @Test
  void refusesAnActionThatIsNone() {
    refuses(discrete(0, 3), "array 'action'", "holds 3 in row 1: expected 0 to 2");
    refuses(discrete(-1, 0), "array 'action'", "holds -1 in row 0");
    refuses(
        discrete(0, 1).with("discrete_actions", "<i8", "(1,)", longs(1)),
        "array 'discrete_actions'",
        "holds [1]: expected one number, 2 to 65536");
  }

  private void refuses(NpzFixture file, String... parts) {
    assertThatThrownBy(() -> LoggedEpisodes.read(file.in(directory)))
        .isInstanceOf(DatasetFormatException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void recordedStepsAreEpisodesNumberedFromZero() {
    var recorder = new EpisodeRecorder(StreamSpec.discrete("s", 2, 3));
    for (int i = 0; i < 3_000; i++) {
      float[] observation = {i, -i};
      recorder.step(
          observation, new float[] {i % 3}, -1, i, new float[] {i + 1, 0}, i % 7 == 6, i == 2_999);
    }
    var episodes = recorder.episodes();
    assertThat(episodes.rows()).isEqualTo(3_000);
    for (int row : new int[] {0, 6, 7, 2_046, 2_999}) {
      assertThat(episodes.episodeIds()[row]).isEqualTo(row / 7);
      assertThat(episodes.steps()[row]).isEqualTo(row % 7);
      assertThat(episodes.observations()[2 * row + 1]).isEqualTo(-row);
      assertThat(episodes.nextObservations()[2 * row]).isEqualTo(row + 1);
      assertThat(episodes.actions()[row]).isEqualTo(row % 3);
      assertThat(episodes.rewards()[row]).isEqualTo(row);
      assertThat(episodes.terminated()[row]).isEqualTo(row % 7 == 6);
      assertThat(episodes.truncated()[row]).isEqualTo(row == 2_999);
      assertThat(episodes.behaviourLogProbabilities()[row]).isEqualTo(-1);
    }
    assertThatThrownBy(
            () -> recorder.step(new float[1], new float[1], 0, 0, new float[2], false, false))
        .hasMessageContaining("row 3000: expected 2 numbers, got 1");
  }
}
