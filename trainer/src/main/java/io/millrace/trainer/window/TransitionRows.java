package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Window;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Transitions in native memory, each in a numbered slot. A row is one record, since an update reads
 * all of it at a random place, and five columns would be five cache misses instead of one:
 *
 * <pre>
 * observation [S] | action in [-1, 1] [A] | reward | terminated | published | next observation [S]
 * </pre>
 *
 * {@code terminated} and {@code published} are 1 or 0; the latter says that a policy of ours chose
 * the action. Memory is taken page by page as slots are first written.
 */
final class TransitionRows {
  private static final int PAGE_BYTES = 16 << 20;

  private final int observationSize;
  private final int actionSize;
  private final int recordFloats;
  private final int rowsPerPage;
  private final ActionScale actionScale;
  private final List<FloatBuffer> pages = new ArrayList<>();

  TransitionRows(StreamSpec spec) {
    observationSize = spec.observationSize();
    actionSize = spec.actionSize();
    recordFloats = 2 * observationSize + actionSize + 3;
    rowsPerPage = Math.max(1, PAGE_BYTES / (recordFloats * Float.BYTES));
    actionScale = new ActionScale(spec);
  }

  /** Writes rows {@code from} to {@code from + count} of a window to slots from {@code slot} on. */
  void write(int slot, Columns columns, int from, int count) {
    for (int i = 0; i < count; i++) {
      int row = from + i;
      var page = page(slot + i);
      int at = (slot + i) % rowsPerPage * recordFloats;
      page.put(at, columns.observations, row * observationSize, observationSize);
      at += observationSize;
      for (int j = 0; j < actionSize; j++) {
        page.put(at++, actionScale.toUnit(j, columns.actions.get(row * actionSize + j)));
      }
      page.put(at++, columns.rewards.get(row));
      page.put(at++, columns.terminated.get(row));
      page.put(at++, columns.policyRevisions.get(row) == 0 ? 0 : 1);
      page.put(at, columns.nextObservations, row * observationSize, observationSize);
    }
  }

  /** Copies the row of a slot to row {@code at} of a batch, its conservative factor apart. */
  void read(int slot, BatchWriter batch, int at) {
    var page = pages.get(slot / rowsPerPage);
    int from = slot % rowsPerPage * recordFloats;
    batch.observations.put(at * observationSize, page, from, observationSize);
    from += observationSize;
    batch.actions.put(at * actionSize, page, from, actionSize);
    from += actionSize;
    batch.rewards.put(at, page.get(from++));
    batch.terminated.put(at, page.get(from));
    batch.nextObservations.put(at * observationSize, page, from + 2, observationSize);
  }

  /** Whether the action of a slot's row was chosen by a policy that Millrace published. */
  boolean published(int slot) {
    return pages
            .get(slot / rowsPerPage)
            .get(slot % rowsPerPage * recordFloats + observationSize + actionSize + 2)
        != 0;
  }

  private FloatBuffer page(int slot) {
    int page = slot / rowsPerPage;
    while (page >= pages.size()) {
      pages.add(
          ByteBuffer.allocateDirect(rowsPerPage * recordFloats * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer());
    }
    return pages.get(page);
  }

  /** The columns of a window that a transition is made of. */
  static final class Columns {
    final int rows;
    private final FloatBuffer observations;
    private final FloatBuffer actions;
    private final FloatBuffer rewards;
    private final FloatBuffer nextObservations;
    private final FloatBuffer terminated;
    private final LongBuffer policyRevisions;

    Columns(Window window) {
      rows = Math.toIntExact(window.rows());
      observations = window.observations();
      actions = window.actions();
      rewards = window.rewards();
      nextObservations = window.nextObservations();
      terminated = window.terminated();
      policyRevisions = window.policyRevisions();
    }
  }
}
