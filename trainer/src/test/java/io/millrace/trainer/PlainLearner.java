package io.millrace.trainer;

import io.millrace.trainer.algorithm.Batch;
import io.millrace.trainer.algorithm.BatchColumn;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.algorithm.Metrics;
import io.millrace.trainer.algorithm.PolicyNetwork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A learner without libtorch, whose state depends on every number of every batch, and on their
 * order.
 */
final class PlainLearner implements Learner {
  private static final int SIZE = 16;

  private final LearnerSpec spec;
  private final LongConsumer beforeUpdate;
  private float[] values = new float[SIZE];
  private float[] rowErrors = new float[0];
  private final List<Double> limits = new ArrayList<>();
  private long updates;

  /**
   * A learner.
   *
   * @param beforeUpdate is given the number of each update before it is run
   */
  PlainLearner(LearnerSpec spec, LongConsumer beforeUpdate) {
    this.spec = spec;
    this.beforeUpdate = beforeUpdate;
    Arrays.fill(values, (float) spec.seed());
  }

  @Override
  public LearnerSpec spec() {
    return spec;
  }

  @Override
  public long updates() {
    return updates;
  }

  @Override
  public void update(Batch batch, long update, boolean policyHeld) {
    beforeUpdate.accept(update);
    values[0] += policyHeld ? 1 : 0;
    int at = 0;
    for (BatchColumn column : BatchColumn.values()) {
      var numbers = batch.column(column);
      while (numbers.hasRemaining()) {
        // A return-to-go that is not known is minus infinity.
        float number = numbers.get();
        number = Float.isInfinite(number) ? 0 : number;
        values[at] = 0.75f * values[at] + 1e-3f * number * (at + 1);
        at = (at + 1) % SIZE;
      }
    }
    var rewards = batch.column(BatchColumn.REWARD);
    rowErrors = new float[batch.rows()];
    for (int i = 0; i < rowErrors.length; i++) {
      rowErrors[i] = Math.abs(rewards.get(i) % 7 - values[i % SIZE]);
    }
    updates = update;
  }

  @Override
  public void limitValues(double limit) {
    limits.add(limit);
  }

  /** All limits of values that it was given. */
  List<Double> limits() {
    return limits;
  }

  @Override
  public void check() {}

  @Override
  public Metrics metrics() {
    return new Metrics(updates, Map.of(Metrics.TD_LOSS, (double) values[0]));
  }

  @Override
  public float[] rowErrors() {
    return rowErrors.clone();
  }

  @Override
  public LearnerState exportState() {
    return new LearnerState(
        updates, List.of(new LearnerState.NamedTensor("values", values.clone())));
  }

  @Override
  public void importState(LearnerState state) {
    values = state.tensors().get(0).values().clone();
    updates = state.update();
  }

  @Override
  public PolicyNetwork policy() {
    int inputs = spec.networks().observationSize();
    int outputs = 2 * spec.networks().actionSize();
    return new PolicyNetwork(
        inputs,
        outputs / 2,
        List.of(
            new PolicyNetwork.Layer(
                inputs,
                outputs,
                Arrays.copyOf(values, inputs * outputs),
                Arrays.copyOf(values, outputs))));
  }

  @Override
  public void close() {}
}
