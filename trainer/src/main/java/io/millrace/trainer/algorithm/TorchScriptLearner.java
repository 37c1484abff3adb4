package io.millrace.trainer.algorithm;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.kernels.VectorModule;
import io.millrace.trainer.torchscript.TorchScriptModule;
import io.millrace.trainer.torchscript.TorchScriptModule.Gradients;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link Program}: one native call an update, on state tensors that stay where they are.
 *
 * <p>Owns the module; the state lives in its manager, so that {@link #close} frees all of it.
 */
final class TorchScriptLearner implements Learner {
  private static final Logger LOG = LoggerFactory.getLogger(TorchScriptLearner.class);

  // What optimizer.py keeps of failures.
  private static final int FIRST_FAILURES = 0;
  private static final int FAILED_TERMS = 1;
  private static final int FAILED_LIMITS = 2;
  private static final int LIMITS = 3;

  private final LearnerSpec spec;
  private final Program program;
  private final DataType dataType;
  private final Gradients gradients;
  private final TorchScriptModule module;
  private final Optional<KernelUpdate> kernel;
  private final List<String> names;
  private final List<String> metricNames;
  private final List<String> diagnosticNames;
  private List<NDArray> state;
  private List<NDArray> health;
  private double valueLimit = Double.POSITIVE_INFINITY;
  private Optional<NDArray> lastMetrics = Optional.empty();
  private Optional<Batch> lastBatch = Optional.empty();
  private long updates;

  private TorchScriptLearner(
      LearnerSpec spec, Program program, Execution execution, TorchScriptModule module) {
    this.spec = spec;
    this.program = program;
    this.dataType = execution.dataType();
    this.gradients = program.handWritten() ? Gradients.NONE : Gradients.BY_AUTOGRAD;
    this.module = module;
    kernel = program.kernel().map(found -> new KernelUpdate(module, found, execution.threads()));
    metricNames = new ArrayList<>(module.strings("metric_names"));
    program.state().groupNames().forEach(group -> metricNames.add(group + "_gradient_norm"));
    diagnosticNames = module.strings("diagnostic_names");
    List<LearnerState.NamedTensor> initial = program.state().initial().tensors();
    names = initial.stream().map(LearnerState.NamedTensor::name).toList();
    state = copies(initial);
    health = noFailure();
  }

  static TorchScriptLearner create(LearnerSpec spec, int threads) {
    Device device = device(spec.device());
    boolean wideVectors = !device.isGpu() && OneDnn.hasWideVectors();
    boolean kernels = !device.isGpu() && VectorModule.isPresent();
    return create(
        spec,
        new Execution(
            device,
            DataType.FLOAT32,
            wideVectors,
            kernels ? Differentiation.KERNELS : Differentiation.WRITTEN_OUT,
            threads,
            Execution.LAYER_BYTES));
  }

  static TorchScriptLearner create(LearnerSpec spec, Execution execution) {
    Program program = Program.of(spec, execution);
    // What is written out starts tasks itself; autograd has the threads inside its operators.
    JniUtils.setNumThreads(program.handWritten() ? 1 : execution.threads());
    TorchScriptModule module =
        TorchScriptModule.load(program.archive(execution), execution.device());
    boolean exact = program.kernel().isPresent() || !execution.oneDnn();
    if (spec.precision() == Precision.MIXED && !execution.device().isGpu() && exact) {
      LOG.info("precision mixed: fp32 is faster here, and is what runs");
    }
    if (execution.differentiation() == Differentiation.WRITTEN_OUT
        && !execution.device().isGpu()
        && program.handWritten()) {
      LOG.info(
          "this JVM runs without --add-modules jdk.incubator.vector, so that updates are slower than"
              + " they could be");
    }
    return new TorchScriptLearner(spec, program, execution, module);
  }

  private static Device device(ComputeDevice choice) {
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
    if (choice == ComputeDevice.GPU && gpus == 0) {
      throw new IllegalStateException(
          "device gpu: libtorch sees no GPU; it needs a CUDA build of libtorch and a driver");
    }
    return choice == ComputeDevice.CPU || gpus == 0 ? Device.cpu() : Device.gpu();
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
    if (update != updates + 1) {
      throw new IllegalArgumentException(
          "update: expected " + (updates + 1) + ", the one after the last, got " + update);
    }
    if (!batch.networks().equals(spec.networks())) {
      throw new IllegalArgumentException(
          "batch: expected one for " + spec.networks() + ", got one for " + batch.networks());
    }
    try (NDManager scope = module.manager().newSubManager();
        NDManager host = module.manager().newSubManager(Device.cpu())) {
      List<NDArray> columns = columns(scope, batch);
      NDArray seed = host.create(NoiseSeed.of(spec.seed(), update));
      NDArray step = host.create(update);
      NDArray held = host.create(policyHeld ? 1L : 0L);
      NDList metrics =
          kernel.isPresent()
              ? updateByKernel(kernel.get(), columns, seed, step, held)
              : module.call(
                  "update",
                  gradients,
                  List.of(
                      TorchScriptModule.list("state", state),
                      TorchScriptModule.list("health", health),
                      TorchScriptModule.list("batch", columns),
                      new NDList(seed),
                      new NDList(step),
                      new NDList(held)));
      lastMetrics.ifPresent(NDArray::close);
      lastMetrics = Optional.of(metrics.singletonOrThrow());
    }
    keep(batch);
    updates = update;
  }

  private NDList updateByKernel(
      KernelUpdate kernel, List<NDArray> columns, NDArray seed, NDArray step, NDArray held) {
    NDList batch = TorchScriptModule.list("batch", columns);
    try (NDList noise = module.call("noise_of", Gradients.NONE, List.of(batch, new NDList(seed)));
        KernelUpdate.Found found = kernel.run(state, columns, noise, step)) {
      return module.call(
          "update_after",
          Gradients.NONE,
          List.of(
              TorchScriptModule.list("state", state),
              TorchScriptModule.list("health", health),
              batch,
              TorchScriptModule.list("carried", found.carried()),
              TorchScriptModule.list("found", found.found()),
              new NDList(step),
              new NDList(held)));
    }
  }

  /** Keeps a copy of the rows, which the caller may overwrite, for the diagnostics. */
  private void keep(Batch batch) {
    if (lastBatch.isEmpty() || lastBatch.get().rows() != batch.rows()) {
      lastBatch = Optional.of(new Batch(batch.rows(), batch.networks()));
    }
    lastBatch.get().set(batch);
  }

  /** In the host's memory; learner.py moves them. */
  private List<NDArray> columns(NDManager scope, Batch batch) {
    NDManager host = scope.newSubManager(Device.cpu());
    var columns = new ArrayList<NDArray>();
    for (BatchColumn column : BatchColumn.values()) {
      int width = column.width(spec.networks());
      Shape shape = column.isVector() ? new Shape(batch.rows(), width) : new Shape(batch.rows());
      NDArray floats = host.create(batch.bytes(column), shape, DataType.FLOAT32);
      columns.add(floats.toType(dataType, false));
    }
    return columns;
  }

  @Override
  public Metrics metrics() {
    check();
    NDArray last =
        lastMetrics.orElseThrow(() -> new IllegalStateException("no update has been run yet"));
    double[] values = doubles(last);
    var byName = new LinkedHashMap<String, Double>();
    for (int i = 0; i < values.length; i++) {
      byName.put(metricNames.get(i), values[i]);
    }
    double[] figures = diagnose(lastBatch.orElseThrow());
    for (int i = 0; i < figures.length; i++) {
      if (!Double.isFinite(figures[i])) {
        throw DivergenceException.notFinite(updates, diagnosticNames.get(i));
      }
      byName.put(diagnosticNames.get(i), figures[i]);
    }
    return new Metrics(updates, byName);
  }

  private double[] diagnose(Batch batch) {
    try (NDList figures = ofBatch("diagnose", batch)) {
      return doubles(figures.singletonOrThrow());
    }
  }

  @Override
  public float[] rowErrors() {
    Batch batch =
        lastBatch.orElseThrow(() -> new IllegalStateException("no update has been run yet"));
    try (NDList errors = ofBatch("row_errors", batch)) {
      float[] values = floats(errors.singletonOrThrow());
      if (values.length == 0) {
        throw new IllegalStateException(spec.algorithm().name() + " has no TD errors");
      }
      return values;
    }
  }

  /** Calls a method with the state, a batch, and the seed of the last update's noise. */
  private NDList ofBatch(String method, Batch batch) {
    try (NDManager scope = module.manager().newSubManager();
        NDManager host = module.manager().newSubManager(Device.cpu())) {
      return module.call(
          method,
          Gradients.NONE,
          List.of(
              TorchScriptModule.list("state", state),
              TorchScriptModule.list("batch", columns(scope, batch)),
              new NDList(host.create(NoiseSeed.of(spec.seed(), updates)))));
    }
  }

  @Override
  public void limitValues(double limit) {
    valueLimit = limit;
    health.remove(LIMITS).close();
    health.add(LIMITS, limits());
  }

  @Override
  public void check() {
    double[] firstFailures = doubles(health.get(FIRST_FAILURES));
    double first = Arrays.stream(firstFailures).min().orElse(Double.POSITIVE_INFINITY);
    for (int i = 0; first < Double.POSITIVE_INFINITY && i < firstFailures.length; i++) {
      if (firstFailures[i] == first) {
        double term = doubles(health.get(FAILED_TERMS))[i];
        throw Double.isFinite(term)
            ? DivergenceException.beyondLimit(
                (long) first, metricNames.get(i), term, doubles(health.get(FAILED_LIMITS))[i])
            : DivergenceException.notFinite((long) first, metricNames.get(i));
      }
    }
  }

  /** As {@code optimizer.py} has it. */
  private List<NDArray> noFailure() {
    var infinite = new double[metricNames.size()];
    Arrays.fill(infinite, Double.POSITIVE_INFINITY);
    var kept = new ArrayList<NDArray>();
    kept.add(kept(infinite));
    kept.add(kept(infinite));
    kept.add(kept(infinite));
    kept.add(limits());
    return kept;
  }

  private NDArray limits() {
    return kept(
        metricNames.stream()
            .mapToDouble(
                name -> Metrics.LIMITED.contains(name) ? valueLimit : Double.POSITIVE_INFINITY)
            .toArray());
  }

  private NDArray kept(double[] values) {
    try (NDArray array = module.manager().create(values)) {
      // Memory of libtorch's own, and not a Java buffer that the garbage collector takes away.
      return array.duplicate();
    }
  }

  @Override
  public LearnerState exportState() {
    check();
    var tensors = new ArrayList<LearnerState.NamedTensor>();
    for (int i = 0; i < names.size(); i++) {
      tensors.add(new LearnerState.NamedTensor(names.get(i), floats(state.get(i))));
    }
    return new LearnerState(updates, tensors);
  }

  @Override
  public void importState(LearnerState from) {
    List<LearnerState.NamedTensor> tensors = from.tensors();
    List<String> given = tensors.stream().map(LearnerState.NamedTensor::name).toList();
    if (!given.equals(names)) {
      throw new IllegalArgumentException("state: expected the tensors " + names + ", got " + given);
    }
    for (int i = 0; i < tensors.size(); i++) {
      int length = tensors.get(i).values().length;
      if (length != state.get(i).size()) {
        throw new IllegalArgumentException(
            "state: "
                + names.get(i)
                + ": expected "
                + state.get(i).size()
                + " numbers, got "
                + length);
      }
    }
    state.forEach(NDArray::close);
    state = copies(tensors);
    health.forEach(NDArray::close);
    health = noFailure();
    lastMetrics.ifPresent(NDArray::close);
    lastMetrics = Optional.empty();
    updates = from.update();
  }

  /** Native copies, in memory of libtorch's own, which is aligned. */
  private List<NDArray> copies(List<LearnerState.NamedTensor> tensors) {
    var copies = new ArrayList<NDArray>();
    for (LearnerState.NamedTensor tensor : tensors) {
      try (NDArray values = module.manager().create(tensor.values())) {
        // toType to the type that it has shares the memory, whatever its second argument says, and
        // that memory is a Java buffer, which the garbage collector would take away.
        copies.add(
            dataType == DataType.FLOAT32 ? values.duplicate() : values.toType(dataType, true));
      }
    }
    return copies;
  }

  private static double[] doubles(NDArray values) {
    try (NDArray wide = values.toType(DataType.FLOAT64, true)) {
      return wide.toDoubleArray();
    }
  }

  private static float[] floats(NDArray values) {
    try (NDArray narrow = values.toType(DataType.FLOAT32, true)) {
      return narrow.toFloatArray();
    }
  }

  @Override
  public Policy policy() {
    check();
    return program.policy(spec, floats(state.get(names.indexOf(program.published()))));
  }

  @Override
  public void close() {
    kernel.ifPresent(KernelUpdate::close);
    module.close();
  }
}
