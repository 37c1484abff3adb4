package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Commit;
import io.millrace.store.CommitResult;
import io.millrace.store.ManifestLog;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;

/** A store that a test adds rows to. The reward of a row is its number in the store. */
public final class GrowingStore {
  public static final StreamSpec SPEC =
      new StreamSpec("test", 3, new float[] {-2, 0}, new float[] {2, 1});

  public final StoreLayout layout;
  private final Random random;
  private long rows;
  private long checkpoint;

  public GrowingStore(Path root, long seed) {
    layout = new StoreLayout(root);
    random = new Random(seed);
  }

  /** How many rows there are. */
  public long rows() {
    return rows;
  }

  /** Commits so many rows in one manifest. */
  public void append(int count) throws IOException {
    append(count, row -> {});
  }

  /** Commits so many rows in one manifest, changed in a way that keeps their offsets. */
  public void append(int count, Consumer<Row> change) throws IOException {
    try (var writer = SegmentWriter.open(layout, SPEC, new WriterId("run", 0, 0))) {
      var row = new Row(SPEC);
      row.policyId = "main";
      for (int i = 0; i < count; i++) {
        fill(row);
        change.accept(row);
        writer.append(row);
        rows++;
      }
      var batch = writer.finish();
      var commit =
          new Commit(
              "run", 0, ++checkpoint, "test.transitions", SPEC, batch.segments(), batch.sources());
      if (ManifestLog.open(layout).commit(commit) != CommitResult.COMMITTED) {
        throw new IllegalStateException("not committed: " + commit);
      }
    }
  }

  private void fill(Row row) {
    row.offset = rows;
    row.eventTimeMicros = 1_700_000_000_000_000L + rows;
    row.episodeId = rows / 100;
    row.step = (int) (rows % 100);
    row.policyRevision = rows % 2;
    for (int i = 0; i < row.observation.length; i++) {
      row.observation[i] = (float) random.nextGaussian();
      row.nextObservation[i] = (float) random.nextGaussian();
    }
    row.action[0] = 4 * random.nextFloat() - 2;
    row.action[1] = random.nextFloat();
    row.reward = rows;
    row.terminated = rows % 100 == 99;
    row.truncated = false;
  }
}
