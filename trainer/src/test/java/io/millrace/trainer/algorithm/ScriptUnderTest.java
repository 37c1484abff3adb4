package io.millrace.trainer.algorithm;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.millrace.trainer.torchscript.TorchScriptModule;
import io.millrace.trainer.torchscript.TorchScriptModule.Gradients;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A program's TorchScript with a state, a batch and noise of the test's own, in 64 or 32 bits. */
final class ScriptUnderTest implements AutoCloseable {
  static final Execution AUTOGRAD_64 =
      execution(DataType.FLOAT64, false, Differentiation.AUTOGRAD, 1);
  static final Execution BY_HAND_64 =
      execution(DataType.FLOAT64, false, Differentiation.WRITTEN_OUT, 1);
  static final Execution AUTOGRAD_32 =
      execution(DataType.FLOAT32, false, Differentiation.AUTOGRAD, 1);
  static final Execution BY_HAND_32 =
      execution(DataType.FLOAT32, false, Differentiation.WRITTEN_OUT, 1);
  static final Execution ONE_DNN =
      execution(DataType.FLOAT32, true, Differentiation.WRITTEN_OUT, 1);

  static final Execution KERNELS = execution(DataType.FLOAT32, false, Differentiation.KERNELS, 2);

  /** So little that the states of a test's batch do not fit in at once. */
  private static final long LAYER_BYTES = 2048;

  private final Execution execution;
  private final Gradients gradients;
  private final TorchScriptModule module;
  private final Optional<KernelUpdate> kernel;
  private final NDManager owner;
  private final List<NDArray> state = new ArrayList<>();
  private final List<NDArray> batch = new ArrayList<>();
  private final List<NDArray> noise = new ArrayList<>();

  /** In double precision by hand, with its work cut into tasks. */
  static Execution inTasks(int tasks) {
    return execution(DataType.FLOAT64, false, Differentiation.WRITTEN_OUT, tasks);
  }

  private static Execution execution(
      DataType dataType, boolean oneDnn, Differentiation differentiation, int threads) {
    return new Execution(Device.cpu(), dataType, oneDnn, differentiation, threads, LAYER_BYTES);
  }

  ScriptUnderTest(LearnerSpec spec, Execution execution) {
    this.execution = execution;
    Program program = Program.of(spec, execution);
    gradients = program.handWritten() ? Gradients.NONE : Gradients.BY_AUTOGRAD;
    module = TorchScriptModule.load(program.archive(execution), execution.device());
    kernel = program.kernel().map(found -> new KernelUpdate(module, found, execution.threads()));
    owner = module.manager();
    program.state().initial().tensors().forEach(t -> state.add(array(t.values())));
  }

  private NDArray array(float[] values) {
    return owner.create(values).toType(execution.dataType(), true);
  }

  /** Replaces the state's tensor by other values. */
  ScriptUnderTest state(int index, double... values) {
    state.set(index, owner.create(values).toType(execution.dataType(), true));
    return this;
  }

  double[] state(int index) {
    return doubles(state.get(index));
  }

  ScriptUnderTest batch(Batch rows) {
    batch.clear();
    for (BatchColumn column : BatchColumn.values()) {
      int width = column.width(rows.networks());
      var values = new float[rows.rows() * width];
      rows.column(column).get(values);
      NDArray flat = array(values);
      batch.add(column.isVector() ? flat.reshape(rows.rows(), width) : flat);
    }
    return this;
  }

  /** The batch's columns, in their order. */
  ScriptUnderTest columns(List<Fixture.Values> columns) {
    batch.clear();
    columns.forEach(column -> batch.add(array(column)));
    return this;
  }

  /** The noise's tensors, in their order. */
  ScriptUnderTest noise(List<Fixture.Values> tensors) {
    noise.clear();
    tensors.forEach(tensor -> noise.add(array(tensor)));
    return this;
  }

  private NDArray array(Fixture.Values values) {
    return owner
        .create(values.numbers())
        .toType(execution.dataType(), true)
        .reshape(values.shape());
  }

  ScriptUnderTest noise(Shape shape, float[] values) {
    noise.add(array(values).reshape(shape));
    return this;
  }

  /** Normal and uniform noise of the sizes that an actor-critic with N sampled actions takes. */
  ScriptUnderTest noise(NetworkSpec networks, int rows, int sampledActions, long seed) {
    var random = new Random(seed);
    var normal = new float[2 * rows * (1 + sampledActions) * networks.actionSize()];
    for (int i = 0; i < normal.length; i++) {
      normal[i] = (float) random.nextGaussian();
    }
    var uniform = new float[rows * sampledActions * networks.actionSize()];
    for (int i = 0; i < uniform.length; i++) {
      uniform[i] = random.nextFloat() * 2 - 1;
    }
    noise.clear();
    noise(new Shape(2L * rows, 1 + sampledActions, networks.actionSize()), normal);
    return noise(new Shape(rows, sampledActions, networks.actionSize()), uniform);
  }

  /** The noise that the program draws itself for the batch. */
  ScriptUnderTest noise(long seed) {
    noise.clear();
    try (NDManager scope = owner.newSubManager()) {
      NDList drawn =
          module.call(
              "noise_of",
              // Without gradients the result would be an inference tensor, which autograd refuses.
              Gradients.BY_AUTOGRAD,
              List.of(TorchScriptModule.list("batch", batch), new NDList(scope.create(seed))));
      noise.addAll(drawn);
    }
    return this;
  }

  /** Tensors of the state. */
  int stateSize() {
    return state.size();
  }

  /** The gradient of each parameter group, then the metrics. */
  List<double[]> gradients(long step) {
    return kernel.isPresent()
        ? gradientsByKernel(kernel.get(), step)
        : call("gradients_of", gradients, step);
  }

  private List<double[]> gradientsByKernel(KernelUpdate kernel, long step) {
    try (NDManager scope = owner.newSubManager();
        KernelUpdate.Found found = kernel.run(state, batch, noise, scope.create(step));
        NDList result =
            module.call(
                "gradients_after",
                Gradients.NONE,
                List.of(
                    TorchScriptModule.list("state", state),
                    TorchScriptModule.list("batch", batch),
                    TorchScriptModule.list("carried", found.carried()),
                    TorchScriptModule.list("found", found.found()),
                    new NDList(scope.create(step))))) {
      return result.stream().map(ScriptUnderTest::doubles).toList();
    }
  }

  boolean hasKernel() {
    return kernel.isPresent();
  }

  /** The loss of each parameter group. */
  double[] losses(long step) {
    return call("losses_of", Gradients.NONE, step).get(0);
  }

  /** One update of the state with the noise at hand; the metrics. */
  double[] step(long step) {
    return call("step_with", gradients, step).get(0);
  }

  private List<double[]> call(String method, Gradients gradients, long step) {
    try (NDManager scope = owner.newSubManager()) {
      // DJL leaves an empty list out.
      NDArray none = scope.create(0);
      NDList result =
          module.call(
              method,
              gradients,
              List.of(
                  TorchScriptModule.list("state", state),
                  TorchScriptModule.list("batch", batch),
                  TorchScriptModule.list("noise", noise.isEmpty() ? List.of(none) : noise),
                  new NDList(scope.create(step))));
      try (result) {
        return result.stream().map(ScriptUnderTest::doubles).toList();
      }
    }
  }

  private static double[] doubles(NDArray values) {
    try (NDArray wide = values.toType(DataType.FLOAT64, true)) {
      return wide.toDoubleArray();
    }
  }

  @Override
  public void close() {
    kernel.ifPresent(KernelUpdate::close);
    module.close();
  }
}
