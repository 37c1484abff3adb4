package io.millrace.trainer.window;

import io.millrace.schemas.StreamSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The rows of one update, as columns in native memory that tensors can share: B rows of observation
 * [B, S], action in [-1, 1] [B, A], reward [B], next observation [B, S] and terminated [B] (1 or
 * 0). Filled again for each update.
 */
public final class Batch {
  // What libtorch gives its own tensors: with it, vector code takes the same path for the same sum.
  private static final int ALIGNMENT_BYTES = 64;

  final FloatBuffer observations;
  final FloatBuffer actions;
  final FloatBuffer rewards;
  final FloatBuffer nextObservations;
  final FloatBuffer terminated;

  private final int rows;
  private final ByteBuffer observationBytes;
  private final ByteBuffer actionBytes;
  private final ByteBuffer rewardBytes;
  private final ByteBuffer nextObservationBytes;
  private final ByteBuffer terminatedBytes;

  public Batch(StreamSpec spec, int rows) {
    this.rows = rows;
    observationBytes = allocate(rows, spec.observationSize());
    actionBytes = allocate(rows, spec.actionSize());
    rewardBytes = allocate(rows, 1);
    nextObservationBytes = allocate(rows, spec.observationSize());
    terminatedBytes = allocate(rows, 1);
    observations = observationBytes.asFloatBuffer();
    actions = actionBytes.asFloatBuffer();
    rewards = rewardBytes.asFloatBuffer();
    nextObservations = nextObservationBytes.asFloatBuffer();
    terminated = terminatedBytes.asFloatBuffer();
  }

  public int rows() {
    return rows;
  }

  /** [B, S], float, the memory itself. */
  public ByteBuffer observations() {
    return observationBytes.duplicate().order(ByteOrder.nativeOrder());
  }

  /** [B, A], float in [-1, 1], the memory itself. */
  public ByteBuffer actions() {
    return actionBytes.duplicate().order(ByteOrder.nativeOrder());
  }

  /** [B], float, the memory itself. */
  public ByteBuffer rewards() {
    return rewardBytes.duplicate().order(ByteOrder.nativeOrder());
  }

  /** [B, S], float, the memory itself. */
  public ByteBuffer nextObservations() {
    return nextObservationBytes.duplicate().order(ByteOrder.nativeOrder());
  }

  /** [B], float, 1 or 0, the memory itself. */
  public ByteBuffer terminated() {
    return terminatedBytes.duplicate().order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer allocate(int rows, int elements) {
    int bytes = Math.multiplyExact(Math.multiplyExact(rows, elements), Float.BYTES);
    return ByteBuffer.allocateDirect(bytes + ALIGNMENT_BYTES)
        .alignedSlice(ALIGNMENT_BYTES)
        .slice(0, bytes)
        .order(ByteOrder.nativeOrder());
  }
}
