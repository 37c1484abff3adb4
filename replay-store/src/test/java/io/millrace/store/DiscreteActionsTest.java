package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.WindowRange.LastRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream of discrete actions in the layout that any stream has: the index is the action. */
class DiscreteActionsTest {
  private static final StreamSpec SPEC = StreamSpec.discrete("test", 3, StreamSpec.MAX_SIZE);
  private static final int ROWS = 1_000;

  @TempDir Path directory;

  @Test
  void indicesComeBackAsTheyWereAndTheStoreSaysThatTheyAreDiscrete() throws IOException {
    var layout = new StoreLayout(directory);
    commit(layout, SPEC, 0);
    try (var store = ReplayStore.open(layout, "reader")) {
      store.follow();
      assertThat(store.spec()).isEqualTo(SPEC);
      try (var window = store.window(new LastRows(ROWS), Set.of(Column.ACTION))) {
        var actions = window.actions();
        assertThat(actions.remaining()).isEqualTo(ROWS);
        for (int row = 0; row < ROWS; row++) {
          assertThat(actions.get(row)).isEqualTo(StreamSpec.MAX_SIZE - 1 - row);
        }
      }
    }
  }

  @Test
  void boundsInThePlaceOfDiscreteActionsNeedAnotherStore() throws IOException {
    var layout = new StoreLayout(directory);
    commit(layout, SPEC, 0);
    var bounds = new StreamSpec("test", 3, SPEC.actionLow(), SPEC.actionHigh());
    assertThatThrownBy(() -> commit(layout, bounds, ROWS))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("65536 discrete actions")
        .hasMessageContaining("action [0.0] to [65535.0]");
  }

  private static void commit(StoreLayout layout, StreamSpec spec, long firstOffset)
      throws IOException {
    try (var writer = SegmentWriter.open(layout, spec, new WriterId("run", 0, 0))) {
      var row = new Row(spec);
      row.policyId = "logged";
      for (int i = 0; i < ROWS; i++) {
        row.offset = firstOffset + i;
        row.action[0] = StreamSpec.MAX_SIZE - 1 - i;
        writer.append(row);
      }
      var batch = writer.finish();
      ManifestLog.open(layout)
          .commit(
              new Commit(
                  "run",
                  0,
                  firstOffset + 1,
                  "test.transitions",
                  spec,
                  batch.segments(),
                  batch.sources()));
    }
  }
}
