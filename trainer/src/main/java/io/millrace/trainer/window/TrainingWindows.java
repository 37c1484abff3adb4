package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Column;
import io.millrace.store.ReplayStore;
import io.millrace.store.Window;
import io.millrace.store.WindowRange.RowRange;
import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import io.millrace.trainer.window.OnlineSpec.Fresh;
import io.millrace.trainer.window.OnlineSpec.Held;
import io.millrace.trainer.window.SamplingSpec.History;
import io.millrace.trainer.window.SamplingSpec.RewardScale;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What updates draw from: the fresh rows of the store, its newest, and a history of all of them.
 * Both, and every batch, follow from the seed, the rows, the number of the update and, where the
 * sampler is prioritised, the errors of the updates before.
 *
 * <p>Not thread-safe; one thread may draw and another one later, if the one has seen the other end.
 */
public final class TrainingWindows implements AutoCloseable {
  /** Rows that a shuffled history reads together. */
  public static final int BLOCK_ROWS = ShuffledRows.CELL_ROWS;

  private static final long PURPOSE = 2;
  private static final int CHUNK_BYTES = 32 << 20;
  static final Set<Column> COLUMNS = columns();

  private static final String MEAN = "observation_mean";
  private static final String DEVIATION = "observation_deviation";
  private static final String REWARD_DEVIATION = "reward_deviation";

  private final StreamSpec stream;
  private final SamplingSpec spec;
  private final WindowRows fresh;
  private final OnlineRows online;
  private final WindowRows history;
  private final HistorySampler sampler;
  private final long seed;
  private final Window chunk;
  private final Optional<EpisodeReturns> returns;
  private final Optional<ShuffledRows> shuffled;
  private Optional<RowStatistics> statistics;
  private Optional<ObservationScale> observationScale = Optional.empty();
  private float rewardDeviation = 1;
  private final Map<Batch, BatchWriter> writers = new HashMap<>();
  private Draw lastDraw;
  private ReplayStore source;
  private long rows;

  /**
   * Empty windows.
   *
   * @param batchRows rows of a batch
   */
  public TrainingWindows(StreamSpec stream, SamplingSpec spec, int batchRows, long seed) {
    this.stream = stream;
    this.spec = spec;
    this.seed = seed;
    this.online = new OnlineRows(spec.online());
    this.fresh =
        switch (spec.online().fresh()) {
          case NEWEST -> new NewestRows(stream, spec.freshRows());
          case ON_POLICY -> new NewestOnPolicyRows(stream, spec.freshRows());
        };
    if (spec.sampler() instanceof SamplerSpec.Recency recency) {
      var newest = new NewestRows(stream, spec.historyRows());
      this.history = newest;
      this.sampler = new RecencySampler(newest, recency.halfLifeRows());
      this.shuffled = Optional.empty();
    } else if (spec.history() == History.SHUFFLED) {
      var cells =
          new ShuffledRows(stream, spec.historyRows(), batchRows - mostFresh(batchRows), seed);
      this.history = cells;
      this.sampler = new UniformSampler();
      this.shuffled = Optional.of(cells);
    } else {
      this.sampler = sampler(spec.sampler());
      this.history = new SampledRows(stream, spec.historyRows(), seed, sampler);
      this.shuffled = Optional.empty();
    }
    this.returns =
        spec.returnDiscount().isPresent()
            ? Optional.of(new EpisodeReturns(spec.returnDiscount().getAsDouble()))
            : Optional.empty();
    this.statistics =
        spec.normalises()
            ? Optional.of(new RowStatistics(stream.observationSize()))
            : Optional.empty();
    int rowBytes = COLUMNS.stream().mapToInt(column -> column.bytes(stream)).sum();
    this.chunk = Window.allocate(stream, COLUMNS, Math.max(256, CHUNK_BYTES / rowBytes));
  }

  private static HistorySampler sampler(SamplerSpec spec) {
    if (spec instanceof SamplerSpec.EpisodeBalanced) {
      return new EpisodeBalancedSampler();
    } else if (spec instanceof SamplerSpec.Prioritised prioritised) {
      return new PrioritisedSampler(prioritised);
    }
    return new UniformSampler();
  }

  /** How many rows of the store have been taken in. */
  public long rows() {
    return rows;
  }

  /** Largest |reward| of the rows that were held so far, in the units of batches. */
  public float largestReward() {
    return Math.max(fresh.rows().largestReward(), history.rows().largestReward());
  }

  /** Takes in the rows of the store from {@link #rows} up to this number. */
  public void take(ReplayStore store, long upToRow) throws IOException {
    source = store;
    while (rows < upToRow) {
      skipWhatNobodyHolds(upToRow);
      long end = Math.min(upToRow, rows + chunk.capacity());
      store.read(new RowRange(rows, end), chunk);
      var columns = new TransitionRows.Columns(chunk);
      fresh.append(rows, columns);
      history.append(rows, columns);
      online.append(rows, columns);
      statistics.ifPresent(all -> all.add(columns));
      if (returns.isPresent()) {
        returns.get().append(rows, columns, this::putReturn);
      }
      rows = end;
    }
  }

  // After a restart a store that is larger than memory is not read whole.
  private void skipWhatNobodyHolds(long upToRow) {
    boolean onlyNewest =
        shuffled.isPresent()
            && shuffled.get().isFull()
            && statistics.isEmpty()
            && online.isSettled()
            && spec.online().fresh() == Fresh.NEWEST;
    if (onlyNewest && upToRow - spec.freshRows() > rows) {
      rows = upToRow - spec.freshRows();
    }
  }

  private void putReturn(long row, float returnToGo) {
    for (var held : List.of(fresh, history)) {
      int slot = held.slot(row);
      if (slot >= 0) {
        held.rows().putReturn(slot, returnToGo);
      }
    }
  }

  /**
   * Draws the rows of an update, with replacement: the first {@code fresh-fraction} of the batch
   * uniformly from the fresh rows if there are any, the others as the sampler says from the
   * history. The first draw of a run settles how observations and rewards are scaled.
   *
   * @param update counted from 1
   * @param batch one of a few, of this stream's sizes
   * @throws IllegalStateException if there are no rows yet
   */
  public void draw(long update, Batch batch) {
    if (rows == 0) {
      throw new IllegalStateException("no rows to draw from");
    }
    if (statistics.isPresent()) {
      var settled = statistics.get();
      scale(settled.observationScale(), settled.rewardDeviation());
    }
    shuffled.ifPresent(cells -> cells.refresh(update, source));
    var writer = writers.computeIfAbsent(batch, BatchWriter::new);
    lastDraw = choose(update, batch.rows());
    fresh.rows().read(lastDraw.slots, 0, lastDraw.fresh(), writer);
    history.rows().read(lastDraw.slots, lastDraw.fresh(), batch.rows(), writer);
    float factor = (float) online.conservativeFactor();
    for (int i = 0; i < lastDraw.fresh(); i++) {
      writer.conservativeFactors.put(i, fresh.rows().published(lastDraw.slots[i]) ? factor : 1);
    }
    writer.importance.put(0, lastDraw.importance);
  }

  private Draw choose(long update, int batchRows) {
    var draw = new Draw(update, batchRows, freshRows(batchRows));
    long key = CounterRandom.key(seed, PURPOSE, update);
    for (int i = 0; i < draw.fresh(); i++) {
      draw.slots[i] = (int) CounterRandom.below(fresh.size(), key, i);
    }
    sampler.choose(key, history.size(), draw);
    return draw;
  }

  /** Number in the store of each row of the last {@link #draw}; before rows are taken in anew. */
  public long[] rowNumbers() {
    var numbers = new long[lastDraw.rows()];
    for (int i = 0; i < numbers.length; i++) {
      var held = i < lastDraw.fresh() ? fresh : history;
      numbers[i] = held.rowNumber(lastDraw.slots[i]);
    }
    return numbers;
  }

  /**
   * Whether batches follow from rows and update alone, so that they can be drawn ahead and again.
   */
  public boolean isStateless() {
    return !sampler.wantsErrors() && shuffled.isEmpty() && statistics.isEmpty();
  }

  /** Whether {@link #errors} is to be called after each update. */
  public boolean wantsErrors() {
    return sampler.wantsErrors();
  }

  /**
   * The absolute TD error of each row of the last {@link #draw}; before rows are taken in anew.
   *
   * @param errors [batch rows]
   */
  public void errors(float[] errors) {
    sampler.errors(lastDraw, errors);
  }

  /** How many of the rows of a batch, the first ones, come from the fresh rows. */
  public int freshRows(int batchRows) {
    return fresh.size() == 0 ? 0 : mostFresh(batchRows);
  }

  private int mostFresh(int batchRows) {
    return (int) Math.round(batchRows * spec.freshFraction());
  }

  /** What changes as on-policy rows come in, as figures by name. */
  public Map<String, Double> figures() {
    return online.figures();
  }

  /** Whether this is held now: a warm start is on, from the first on-policy row. */
  public boolean isHeld(Held what) {
    return online.isHolding() && spec.online().held() == what;
  }

  /** How many of the rows from this number on have come in while all was held. */
  public long rowsAllHeld(long from) {
    return spec.online().held() == Held.ALL ? online.rowsHeld(from, rows) : 0;
  }

  /**
   * What observations are scaled by, if at all: settled by the first draw, and before it the scale
   * that changes nothing.
   */
  public Optional<ObservationScale> observationScale() {
    if (!spec.normaliseObservations()) {
      return Optional.empty();
    }
    return Optional.of(
        observationScale.orElse(ObservationScale.identity(stream.observationSize())));
  }

  /** What batches depend on beside rows, seed and update. */
  public List<NamedTensor> exportState() {
    var state = new ArrayList<>(sampler.exportState());
    shuffled.ifPresent(cells -> state.addAll(cells.exportState()));
    if (spec.normalises() && statistics.isEmpty()) {
      observationScale.ifPresent(
          scale -> {
            state.add(new NamedTensor(MEAN, scale.mean()));
            state.add(new NamedTensor(DEVIATION, scale.deviation()));
          });
      state.add(new NamedTensor(REWARD_DEVIATION, new float[] {rewardDeviation}));
    }
    return state;
  }

  /**
   * Goes on from such a state, with the rows that were there then; what is missing stays as it is.
   *
   * @throws IOException if the store cannot be read
   */
  public void importState(Map<String, float[]> state) throws IOException {
    sampler.importState(state);
    if (statistics.isPresent() && state.containsKey(REWARD_DEVIATION)) {
      scale(
          state.containsKey(MEAN)
              ? new ObservationScale(state.get(MEAN), state.get(DEVIATION))
              : ObservationScale.identity(stream.observationSize()),
          state.get(REWARD_DEVIATION)[0]);
    }
    if (shuffled.isPresent()) {
      shuffled.get().importState(state, source);
    }
  }

  private void scale(ObservationScale observations, float rewards) {
    statistics = Optional.empty();
    if (spec.normaliseObservations()) {
      observationScale = Optional.of(observations);
    }
    if (spec.rewardScale() == RewardScale.STD) {
      rewardDeviation = rewards;
    }
    for (var held : List.of(fresh, history)) {
      held.rows().scale(observationScale, rewardDeviation);
    }
  }

  private static Set<Column> columns() {
    Set<Column> columns = EnumSet.copyOf(Column.TRANSITION);
    columns.addAll(
        List.of(Column.POLICY_REVISION, Column.TRUNCATED, Column.EPISODE_ID, Column.STEP));
    return columns;
  }

  @Override
  public void close() {
    shuffled.ifPresent(ShuffledRows::close);
    chunk.close();
  }
}
