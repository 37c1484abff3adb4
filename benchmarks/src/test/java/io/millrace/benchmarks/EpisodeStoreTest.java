package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.Pendulum;
import io.millrace.store.WindowRange.RowRange;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpisodeStoreTest {
  @TempDir Path directory;

  @Test
  void aLogAndThenAnEpisodeOfAPublishedPolicy() throws Exception {
    var log = LoggedEpisodes.pendulumReplay();
    var path = directory.resolve("store");
    try (var store = new EpisodeStore(path, log.spec("pendulum"))) {
      store.append(log);
      var pendulum = new Pendulum();
      float[] first = pendulum.reset(3);
      double sum = store.run(pendulum, first, observation -> new float[] {2 * observation[0]}, 7);
      assertThat(store.rows()).isEqualTo(log.rows() + Pendulum.TIME_LIMIT_STEPS);
      try (var window = store.reader().window(new RowRange(0, store.rows()))) {
        assertThat(window.policyRevisions().get(log.rows() - 1)).isZero();
        assertThat(window.actions().get(5)).isEqualTo(log.actions()[5]);
        double rewards = 0;
        for (int row = log.rows(); row < store.rows(); row++) {
          assertThat(window.policyRevisions().get(row)).isEqualTo(7);
          assertThat(window.steps().get(row)).isEqualTo(row - log.rows());
          assertThat(window.actions().get(row)).isEqualTo(2 * window.observations().get(3 * row));
          boolean last = row + 1 == store.rows();
          assertThat(window.truncated().get(row)).isEqualTo(last ? 1 : 0);
          if (!last) {
            assertThat(window.nextObservations().get(3 * row))
                .isEqualTo(window.observations().get(3 * (row + 1)));
          }
          rewards += window.rewards().get(row);
        }
        assertThat(rewards).isCloseTo(sum, within(1e-2));
        assertThat(window.observations().get(3 * log.rows())).isEqualTo(first[0]);
        assertThat(window.episodeIds().get(log.rows()))
            .isGreaterThan(window.episodeIds().get(log.rows() - 1));
      }
    }
    assertThat(path).doesNotExist();
  }
}
