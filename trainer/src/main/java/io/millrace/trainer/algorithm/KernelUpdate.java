package io.millrace.trainer.algorithm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.millrace.kernels.ConservativeBatch;
import io.millrace.kernels.ConservativeCritics;
import io.millrace.kernels.CriticShape;
import io.millrace.trainer.torchscript.TorchScriptModule;
import io.millrace.trainer.torchscript.TorchScriptModule.Gradients;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * The gradients of an update whose critics' share is computed by {@link ConservativeCritics}: what
 * comes before it is a native call, what does not depend on it is another one beside it, and the
 * caller's native call with the results comes after.
 *
 * <p>Owns the kernel's threads.
 */
final class KernelUpdate implements AutoCloseable {
  /** Of {@code before_critics} in {@code cql_sac_backward.py}: what the critics' gradient is of. */
  private static final int ACTIONS = 0;

  private static final int LOG_DENSITIES = 1;
  private static final int TARGETS = 2;
  private static final int WEIGHTS = 3;

  private static final List<BatchColumn> COLUMNS = List.of(BatchColumn.values());

  private final TorchScriptModule module;
  private final CriticShape shape;
  private final int firstFloored;
  private final float gapTemperature;
  private final ConservativeCritics critics;

  /** What the call after takes: the tensors of the first call, and what was found since. */
  record Found(NDList carried, NDList found) implements AutoCloseable {
    @Override
    public void close() {
      carried.close();
      found.close();
    }
  }

  KernelUpdate(TorchScriptModule module, Program.Kernel kernel, int threads) {
    this.module = module;
    this.shape = kernel.shape();
    this.firstFloored = kernel.firstFloored();
    this.gapTemperature = (float) kernel.gapTemperature();
    critics = new ConservativeCritics(shape, threads);
  }

  /**
   * Computes everything but what the call after is for.
   *
   * @param state the learner's, of which the critics are the first tensor
   * @param noise a list for {@code before}
   * @param step number of the update
   */
  Found run(List<NDArray> state, List<NDArray> columns, List<NDArray> noise, NDArray step) {
    NDList carried =
        module.call(
            "before",
            Gradients.NONE,
            List.of(
                TorchScriptModule.list("state", state),
                TorchScriptModule.list("batch", columns),
                TorchScriptModule.list("noise", noise)));
    critics.begin(
        state.get(0).toFloatArray(),
        new ConservativeBatch(
            column(columns, BatchColumn.OBSERVATION),
            carried.get(ACTIONS).toFloatArray(),
            carried.get(LOG_DENSITIES).toFloatArray(),
            carried.get(TARGETS).toFloatArray(),
            carried.get(WEIGHTS).toFloatArray(),
            column(columns, BatchColumn.CONSERVATIVE_FACTOR),
            column(columns, BatchColumn.IMPORTANCE),
            column(columns, BatchColumn.RETURN_TO_GO),
            firstFloored,
            gapTemperature));
    NDList policy =
        module.call(
            "policy_gradient",
            Gradients.NONE,
            List.of(
                TorchScriptModule.list("state", state),
                TorchScriptModule.list("batch", columns),
                TorchScriptModule.list("carried", carried),
                new NDList(step)));
    ConservativeCritics.Result result = critics.finish();
    NDManager owner = module.manager();
    long rows = carried.get(TARGETS).size();
    long actions = carried.get(LOG_DENSITIES).getShape().get(1) + 1;
    var values = new Shape(shape.critics(), rows, actions);
    return new Found(
        carried,
        new NDList(
            owner.create(FloatBuffer.wrap(result.values()), values),
            owner.create(result.gradient()),
            policy.singletonOrThrow()));
  }

  private static float[] column(List<NDArray> columns, BatchColumn column) {
    return columns.get(COLUMNS.indexOf(column)).toFloatArray();
  }

  @Override
  public void close() {
    critics.close();
  }
}
