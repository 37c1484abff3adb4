package io.millrace.benchmarks;

import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.Plant;
import io.millrace.plants.Step;
import io.millrace.schemas.StreamSpec;
import io.millrace.store.Commit;
import io.millrace.store.ManifestLog;
import io.millrace.store.ReaderConfig;
import io.millrace.store.ReplayStore;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * A replay store in a directory of its own that a benchmark adds episodes to, a manifest at a time,
 * and reads at once. {@link #close} deletes it.
 */
final class EpisodeStore implements AutoCloseable {
  private static final String NAME = "benchmark";

  private final ScratchDirectory directory;
  private final StreamSpec spec;
  private final StoreLayout layout;
  private final ReplayStore reader;
  private final Row row;
  private long rows;
  private long episodes;
  private long commits;

  /** Adds rows to a manifest. */
  @FunctionalInterface
  private interface Filling {
    void fill(SegmentWriter writer) throws IOException;
  }

  EpisodeStore(Path directory, StreamSpec spec) throws IOException {
    this.directory = new ScratchDirectory(directory);
    this.spec = spec;
    layout = new StoreLayout(directory);
    reader = ReplayStore.open(layout, NAME, new ReaderConfig(1, 0));
    row = new Row(spec);
    row.policyId = NAME;
  }

  /** How many rows there are. */
  long rows() {
    return rows;
  }

  /** To read what was added. */
  ReplayStore reader() {
    return reader;
  }

  /** Adds the rows of a log, which no published policy chose the actions of. */
  void append(LoggedEpisodes log) throws IOException {
    int states = log.observationSize();
    int actions = log.actionSize();
    row.policyRevision = 0;
    commit(
        writer -> {
          for (int i = 0; i < log.rows(); i++) {
            System.arraycopy(log.observations(), i * states, row.observation, 0, states);
            System.arraycopy(log.actions(), i * actions, row.action, 0, actions);
            System.arraycopy(log.nextObservations(), i * states, row.nextObservation, 0, states);
            row.reward = log.rewards()[i];
            row.terminated = log.terminated()[i];
            row.truncated = log.truncated()[i];
            row.episodeId = log.episodeIds()[i];
            row.step = log.steps()[i];
            episodes = Math.max(episodes, row.episodeId + 1);
            write(writer);
          }
        });
  }

  /**
   * Runs an episode of a plant that was reset and adds it.
   *
   * @param observation the first
   * @param act from observation to action, in the units of the plant
   * @param revision of the policy that acts, 1 or more
   * @return sum of the rewards
   */
  double run(Plant plant, float[] observation, UnaryOperator<float[]> act, long revision)
      throws IOException {
    var sum = new double[1];
    row.policyRevision = revision;
    row.episodeId = episodes++;
    row.step = 0;
    commit(
        writer -> {
          float[] before = observation;
          boolean last = false;
          while (!last) {
            float[] action = act.apply(before);
            Step step = plant.step(action);
            System.arraycopy(before, 0, row.observation, 0, before.length);
            System.arraycopy(action, 0, row.action, 0, action.length);
            System.arraycopy(step.observation(), 0, row.nextObservation, 0, before.length);
            row.reward = step.reward();
            row.terminated = step.terminated();
            row.truncated = step.truncated();
            write(writer);
            row.step++;
            sum[0] += step.reward();
            before = step.observation();
            last = step.last();
          }
        });
    return sum[0];
  }

  private void write(SegmentWriter writer) throws IOException {
    row.offset = rows;
    row.eventTimeMicros = 1_700_000_000_000_000L + rows;
    writer.append(row);
    rows++;
  }

  private void commit(Filling filling) throws IOException {
    try (var writer = SegmentWriter.open(layout, spec, new WriterId(NAME, 0, 0))) {
      filling.fill(writer);
      var batch = writer.finish();
      ManifestLog.open(layout)
          .commit(new Commit(NAME, 0, ++commits, NAME, spec, batch.segments(), batch.sources()));
    }
    reader.follow();
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
  }
}
