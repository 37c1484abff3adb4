package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.store.ReplayStore;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.window.SamplerSpec;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.SamplingSpec.RewardScale;
import io.millrace.trainer.window.TrainingWindows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NextBatchTest {
  private static final int ROWS = 32;
  private static final NetworkSpec NETWORKS = new NetworkSpec(3, 2, List.of(8));

  @TempDir private Path directory;

  private static TrainingWindows windows(SamplerSpec sampler) {
    var spec = SamplingSpec.uniform(0.5, 50, 100, 0.5).with(sampler);
    return new TrainingWindows(GrowingStore.SPEC, spec.normalised(true, RewardScale.NONE), ROWS, 3);
  }

  @Test
  void whatIsDrawnAheadIsWhatIsDrawnInTimeWheneverRowsComeIn() throws IOException {
    var store = new GrowingStore(directory, 1);
    for (int i = 0; i < 10; i++) {
      store.append(20);
    }
    for (var sampler : List.of(new SamplerSpec.Uniform(), new SamplerSpec.EpisodeBalanced())) {
      try (var reader = ReplayStore.open(store.layout, "test");
          var ahead = windows(sampler);
          var inTime = windows(sampler);
          var next = new NextBatch(ahead, ROWS, NETWORKS)) {
        reader.follow();
        for (int update = 1; update <= 100; update++) {
          // Before every 10th update, when the batch of it has been begun.
          long rows = 20L * (1 + (update - 1) / 10);
          if (rows > ahead.rows()) {
            next.discard();
            ahead.take(reader, rows);
            inTime.take(reader, rows);
          }
          var found = next.take(update);
          next.begin(update + 1);
          var expected = new Batch(ROWS, NETWORKS);
          inTime.draw(update, expected);
          for (var column : BatchColumn.values()) {
            assertThat(found.column(column))
                .as("%s of update %s", column, update)
                .isEqualTo(expected.column(column));
          }
        }
      }
    }
  }

  @Test
  void failureToDrawIsTheTakersFailure() {
    try (var windows = windows(new SamplerSpec.Uniform());
        var next = new NextBatch(windows, ROWS, NETWORKS)) {
      assertThatThrownBy(() -> next.take(1)).hasMessageContaining("no rows to draw from");
    }
    var plain =
        new TrainingWindows(GrowingStore.SPEC, SamplingSpec.uniform(0.5, 50, 100, 1), ROWS, 3);
    var next = new NextBatch(plain, ROWS, NETWORKS);
    next.begin(1);
    assertThatThrownBy(() -> next.take(1))
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("no rows to draw from");
    next.discard();
    next.close();
    plain.close();
  }
}
