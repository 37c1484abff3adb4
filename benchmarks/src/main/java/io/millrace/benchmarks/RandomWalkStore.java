package io.millrace.benchmarks;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Commit;
import io.millrace.store.ManifestLog;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * A store whose rows are episodes of a random walk, so that a next observation is the next row's
 * observation, as in a log, and the store compresses it.
 */
final class RandomWalkStore {
  private static final int PARTITIONS = 4;
  private static final int ROWS_PER_CHECKPOINT = 500_000;
  private static final int STEPS_PER_EPISODE = 1000;

  private RandomWalkStore() {}

  /** Writes so many rows, with a manifest for every half million. */
  static void write(StoreLayout layout, StreamSpec spec, int rows) throws IOException {
    var random = new SplittableRandom(1);
    var episodes = new ArrayList<Row>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      var row = new Row(spec);
      row.partition = partition;
      row.offset = -1;
      row.policyId = "benchmark";
      episodes.add(row);
    }
    var log = ManifestLog.open(layout);
    try (var writer = SegmentWriter.open(layout, spec, new WriterId("benchmark", 0, 0))) {
      for (int at = 0; at < rows; at++) {
        var row = episodes.get(at / STEPS_PER_EPISODE % PARTITIONS);
        step(row, at, random);
        writer.append(row);
        if ((at + 1) % ROWS_PER_CHECKPOINT == 0 || at + 1 == rows) {
          var batch = writer.finish();
          log.commit(
              new Commit("benchmark", 0, at, "benchmark", spec, batch.segments(), batch.sources()));
        }
      }
    }
  }

  private static void step(Row row, int at, SplittableRandom random) {
    row.offset++;
    row.step = at % STEPS_PER_EPISODE;
    row.episodeId = at / STEPS_PER_EPISODE;
    row.eventTimeMicros = 1_700_000_000_000_000L + 50L * at;
    System.arraycopy(row.nextObservation, 0, row.observation, 0, row.observation.length);
    for (int i = 0; i < row.nextObservation.length; i++) {
      row.nextObservation[i] = .99f * row.observation[i] + (float) random.nextDouble(-.05, .05);
    }
    for (int i = 0; i < row.action.length; i++) {
      row.action[i] = (float) random.nextDouble(-1, 1);
    }
    row.reward = (float) random.nextDouble(-1, 1);
    row.behaviourLogProbability = (float) random.nextDouble(-5, 1);
    row.truncated = row.step == STEPS_PER_EPISODE - 1;
  }
}
