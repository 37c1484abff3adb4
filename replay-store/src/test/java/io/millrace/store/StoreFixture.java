package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A store under test and, beside it, the rows that it must hold, in the order it must hold them.
 */
final class StoreFixture {
  static final String TOPIC = "test.transitions";

  final StoreLayout layout;
  final StreamSpec spec;
  final List<Row> rows = new ArrayList<>();
  private final Random random;
  private final long[] nextOffset = new long[8];
  private long checkpoint;
  private long clock = 1_700_000_000_000_000L;

  StoreFixture(Path root, int observationSize, int actionSize, long seed) {
    layout = new StoreLayout(root);
    spec = spec(observationSize, actionSize);
    random = new Random(seed);
  }

  static StreamSpec spec(int observationSize, int actionSize) {
    var low = new float[actionSize];
    var high = new float[actionSize];
    Arrays.fill(low, -1);
    Arrays.fill(high, 1);
    return new StreamSpec("test", observationSize, low, high);
  }

  long checkpoint() {
    return checkpoint;
  }

  /** A random row at an offset, with event times that mostly rise. */
  Row row(int partition, long offset) {
    var row = new Row(spec);
    row.partition = partition;
    row.offset = offset;
    clock += random.nextInt(1000);
    row.eventTimeMicros = clock - (random.nextInt(20) == 0 ? random.nextInt(500_000) : 0);
    row.episodeId = random.nextLong();
    row.step = random.nextInt();
    row.policyRevision = random.nextInt(5);
    row.policyId = random.nextInt(100) == 0 ? "policy-" + random.nextInt(300) : "pendulum";
    fill(row.observation);
    fill(row.action);
    fill(row.nextObservation);
    row.reward = (float) random.nextGaussian();
    row.terminated = random.nextInt(10) == 0;
    row.truncated = random.nextInt(10) == 0;
    row.behaviourLogProbability = random.nextBoolean() ? Float.NaN : (float) random.nextGaussian();
    return row;
  }

  /** Appends this many rows a partition, with refused records and gaps between them. */
  PendingBatch write(SegmentWriter writer, int... rowsByPartition) throws IOException {
    var written = new ArrayList<Row>();
    var left = rowsByPartition.clone();
    while (Arrays.stream(left).sum() > 0) {
      int partition = random.nextInt(left.length);
      for (int burst = random.nextInt(200); burst > 0 && left[partition] > 0; burst--) {
        nextOffset[partition] += random.nextInt(50) == 0 ? random.nextInt(10) : 0;
        if (random.nextInt(100) == 0) {
          writer.skip(partition, nextOffset[partition]++);
        }
        var row = row(partition, nextOffset[partition]++);
        writer.append(row);
        written.add(row);
        left[partition]--;
      }
    }
    written.sort(
        Comparator.<Row>comparingInt(row -> row.partition).thenComparingLong(row -> row.offset));
    rows.addAll(written);
    return writer.finish();
  }

  Commit commit(String runId, int attempt, long checkpointId, PendingBatch batch) {
    return new Commit(runId, attempt, checkpointId, TOPIC, spec, batch.segments(), batch.sources());
  }

  /** Writes and commits one checkpoint. */
  void append(int... rowsByPartition) throws IOException {
    try (var writer = SegmentWriter.open(layout, spec, new WriterId("run", 0, 3))) {
      var batch = write(writer, rowsByPartition);
      ManifestLog.open(layout).commit(commit("run", 0, ++checkpoint, batch));
    }
  }

  private void fill(float[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] = (float) random.nextGaussian();
    }
  }
}
