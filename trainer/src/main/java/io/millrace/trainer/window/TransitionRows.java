package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Window;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Transitions in native memory, each in a numbered slot. A row is one record, since an update reads
 * all of it at a random place, and six columns would be six cache misses instead of one:
 *
 * <pre>
 * observation [S] | action [A] | reward | terminated | return-to-go | published | next observation [S]
 * </pre>
 *
 * An action is scaled to [-1, 1], or the index of a discrete one. {@code terminated} and {@code
 * published} are 1 or 0; the latter says that a policy of ours chose the action. Observations and
 * rewards are as logged until {@link #scale}. Memory is taken page by page as slots are first
 * written.
 */
final class TransitionRows {
  private static final int PAGE_BYTES = 16 << 20;
  private static final int LINE_FLOATS = 16;

  /** Rows whose cache lines are asked for at once: as many as a core can wait for. */
  private static final int GROUP = 16;

  private final int observationSize;
  private final int actionSize;
  private final int recordFloats;
  private final int pageShift;
  private final int slotMask;
  private final ActionScale actionScale;
  private FloatBuffer[] pages = {};
  private Optional<ObservationScale> observationScale = Optional.empty();
  private float rewardDeviation = 1;
  private float largestReward;
  private int written;

  TransitionRows(StreamSpec spec) {
    observationSize = spec.observationSize();
    actionSize = spec.actionSize();
    recordFloats = 2 * observationSize + actionSize + 4;
    pageShift =
        31 - Integer.numberOfLeadingZeros(Math.max(1, PAGE_BYTES / (recordFloats * Float.BYTES)));
    slotMask = (1 << pageShift) - 1;
    actionScale = new ActionScale(spec);
  }

  /** Writes rows {@code from} to {@code from + count} of a window to slots from {@code slot} on. */
  void write(int slot, Columns columns, int from, int count) {
    for (int i = 0; i < count; i++) {
      int row = from + i;
      var page = page(slot + i);
      int first = ((slot + i) & slotMask) * recordFloats;
      int at = first;
      page.put(at, columns.observations, row * observationSize, observationSize);
      at += observationSize;
      for (int j = 0; j < actionSize; j++) {
        page.put(at++, actionScale.toUnit(j, columns.actions.get(row * actionSize + j)));
      }
      page.put(at++, columns.rewards.get(row));
      page.put(at++, columns.terminated.get(row));
      page.put(at++, Float.NEGATIVE_INFINITY);
      page.put(at++, columns.isOnPolicy(row) ? 1 : 0);
      page.put(at, columns.nextObservations, row * observationSize, observationSize);
      scale(page, first);
      float reward = Math.abs(page.get(first + observationSize + actionSize));
      if (reward > largestReward) {
        largestReward = reward;
      }
    }
    written = Math.max(written, slot + count);
  }

  /** Scales all rows that are there and all that will come; to be called once. */
  void scale(Optional<ObservationScale> observations, float rewards) {
    observationScale = observations;
    rewardDeviation = rewards;
    largestReward /= rewards;
    for (int slot = 0; slot < written; slot++) {
      scale(page(slot), (slot & slotMask) * recordFloats);
    }
  }

  private void scale(FloatBuffer page, int first) {
    if (observationScale.isPresent()) {
      var scale = observationScale.get();
      int next = first + recordFloats - observationSize;
      for (int j = 0; j < observationSize; j++) {
        page.put(first + j, scale.scaled(j, page.get(first + j)));
        page.put(next + j, scale.scaled(j, page.get(next + j)));
      }
    }
    if (rewardDeviation != 1) {
      int reward = first + observationSize + actionSize;
      page.put(reward, page.get(reward) / rewardDeviation);
      page.put(reward + 2, page.get(reward + 2) / rewardDeviation);
    }
  }

  /** Largest |reward| of all rows that were ever written, scaled; NaN does not count. */
  float largestReward() {
    return largestReward;
  }

  /** Gives the row of a slot its return-to-go, in the units of the log. */
  void putReturn(int slot, float returnToGo) {
    page(slot)
        .put(
            (slot & slotMask) * recordFloats + observationSize + actionSize + 2,
            returnToGo / rewardDeviation);
  }

  /**
   * Copies the rows of slots {@code from} to {@code to} of a draw to the same rows of a batch,
   * their factors apart.
   */
  void read(int[] slots, int from, int to, BatchWriter batch) {
    for (int first = from; first < to; first += GROUP) {
      int last = Math.min(to, first + GROUP);
      batch.touched += touch(slots, first, last);
      for (int at = first; at < last; at++) {
        read(slots[at], batch, at);
      }
    }
  }

  // Asks for every cache line of some rows before the first is copied, so that the processor waits
  // for many at once. The sum is of no use but that it has to be made.
  private float touch(int[] slots, int from, int to) {
    float sum = 0;
    for (int i = from; i < to; i++) {
      var page = pages[slots[i] >> pageShift];
      int first = (slots[i] & slotMask) * recordFloats;
      for (int line = 0; line < recordFloats; line += LINE_FLOATS) {
        sum += page.get(first + line);
      }
      sum += page.get(first + recordFloats - 1);
    }
    return sum;
  }

  private void read(int slot, BatchWriter batch, int at) {
    var page = pages[slot >> pageShift];
    int from = (slot & slotMask) * recordFloats;
    batch.observations.put(at * observationSize, page, from, observationSize);
    from += observationSize;
    batch.actions.put(at * actionSize, page, from, actionSize);
    from += actionSize;
    batch.rewards.put(at, page.get(from));
    batch.terminated.put(at, page.get(from + 1));
    batch.returns.put(at, page.get(from + 2));
    batch.nextObservations.put(at * observationSize, page, from + 4, observationSize);
  }

  /** Whether the action of a slot's row was chosen by a policy that Millrace published. */
  boolean published(int slot) {
    return pages[slot >> pageShift].get(
            (slot & slotMask) * recordFloats + observationSize + actionSize + 3)
        != 0;
  }

  private FloatBuffer page(int slot) {
    int page = slot >> pageShift;
    while (page >= pages.length) {
      pages = Arrays.copyOf(pages, pages.length + 1);
      pages[pages.length - 1] =
          ByteBuffer.allocateDirect((recordFloats * Float.BYTES) << pageShift)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    return pages[page];
  }

  /** The columns of a window that a transition is made of. */
  static final class Columns {
    final int rows;
    final FloatBuffer observations;
    final FloatBuffer rewards;
    final FloatBuffer terminated;
    final FloatBuffer truncated;
    final LongBuffer episodeIds;
    final IntBuffer steps;
    private final FloatBuffer actions;
    private final FloatBuffer nextObservations;
    private final LongBuffer policyRevisions;

    Columns(Window window) {
      rows = Math.toIntExact(window.rows());
      observations = window.observations();
      actions = window.actions();
      rewards = window.rewards();
      nextObservations = window.nextObservations();
      terminated = window.terminated();
      truncated = window.truncated();
      episodeIds = window.episodeIds();
      steps = window.steps();
      policyRevisions = window.policyRevisions();
    }

    /** Whether a policy that Millrace published chose the action of a row. */
    boolean isOnPolicy(int row) {
      return policyRevisions.get(row) != 0;
    }
  }
}
