package io.millrace.trainer.algorithm;

import io.millrace.kernels.CriticShape;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** {@code cql_sac.py}: its attributes and its state. */
final class CqlSacProgram {
  private CqlSacProgram() {}

  static Program of(CqlSac algorithm, boolean calibrated, LearnerSpec spec, Execution execution) {
    NetworkSpec networks = spec.networks();
    boolean handWritten =
        execution.differentiation() != Differentiation.AUTOGRAD
            && isWrittenOut(algorithm, networks);
    Optional<Program.Kernel> kernel =
        handWritten ? kernel(algorithm, calibrated, networks, execution) : Optional.empty();
    // In bfloat16 where that is faster than exact: not beside the kernel, nor without instructions.
    boolean mixed =
        spec.precision() == Precision.MIXED
            && kernel.isEmpty()
            && (execution.device().isGpu() || execution.oneDnn());
    Map<String, Object> attributes = SacProgram.attributes(algorithm.base(), networks);
    attributes.put("max_target_backup", algorithm.maxTargetBackup());
    attributes.put("regularizer", algorithm.regularizer().name().toLowerCase(Locale.ROOT));
    attributes.put("uniform_prior", algorithm.prior() == ActionPrior.UNIFORM);
    attributes.put("calibrated", calibrated);
    ConservativeWeight weight = algorithm.weight();
    attributes.put("lagrange", weight instanceof ConservativeWeight.Lagrange);
    attributes.put("alpha", weight instanceof ConservativeWeight.Fixed f ? f.alpha() : 0.0);
    attributes.put(
        "gap_target", weight instanceof ConservativeWeight.Lagrange l ? l.gapTarget() : 0.0);
    attributes.put("gap_temperature", algorithm.gapTemperature());
    attributes.put("sampled_actions", (long) algorithm.sampledActions());
    attributes.put("behaviour_cloning_updates", algorithm.behaviourCloningUpdates());
    attributes.put("chunk_states", chunkStates(algorithm, networks, execution));
    attributes.put("tasks", execution.device().isGpu() ? 1L : execution.threads());
    attributes.put("mixed", mixed);
    return new Program(
        "cql_sac",
        "CqlSac",
        attributes,
        state(algorithm, spec),
        handWritten,
        kernel,
        OptionalDouble.empty());
  }

  /** The kernel, where this execution wants one and it has the networks' number of layers. */
  private static Optional<Program.Kernel> kernel(
      CqlSac algorithm, boolean calibrated, NetworkSpec networks, Execution execution) {
    if (execution.differentiation() != Differentiation.KERNELS
        || networks.hiddenSizes().size() != 2) {
      return Optional.empty();
    }
    var shape =
        new CriticShape(
            networks.critics(),
            networks.observationSize(),
            networks.actionSize(),
            networks.hiddenSizes().get(0),
            networks.hiddenSizes().get(1));
    // The policy's actions come after N uniform ones.
    int firstFloored = calibrated ? algorithm.sampledActions() : algorithm.comparedActions();
    return Optional.of(new Program.Kernel(shape, firstFloored, algorithm.gapTemperature()));
  }

  /** Whether the gradients of a variant are written out. */
  private static boolean isWrittenOut(CqlSac algorithm, NetworkSpec networks) {
    return algorithm.regularizer() != Regularizer.VAR
        && !networks.criticNorm()
        && algorithm.base().targetCriticsOf(networks.critics()) == networks.critics();
  }

  /**
   * How many states' activations are held at a time: on a CPU as many as keep one layer of them in
   * {@link Execution#layerBytes}, on a GPU all.
   */
  private static long chunkStates(CqlSac algorithm, NetworkSpec networks, Execution execution) {
    if (execution.device().isGpu()) {
      return Integer.MAX_VALUE;
    }
    int widest = networks.hiddenSizes().stream().mapToInt(size -> size).max().orElseThrow();
    long stateBytes = (algorithm.comparedActions() + 1L) * widest * Float.BYTES;
    return Math.max(1, execution.layerBytes() / stateBytes);
  }

  private static StateLayout state(CqlSac algorithm, LearnerSpec spec) {
    SoftActorCritic base = algorithm.base();
    boolean lagrange = algorithm.weight() instanceof ConservativeWeight.Lagrange;
    var logMultiplier = new float[spec.networks().critics()];
    StateLayout state =
        SacProgram.state(base, spec)
            .parameters("log_multiplier", logMultiplier, lagrange ? base.criticLearningRate() : 0);
    return algorithm.needsLaggedPolicy()
        ? state.targetOf(Program.POLICY, base.targetRate())
        : state;
  }
}
