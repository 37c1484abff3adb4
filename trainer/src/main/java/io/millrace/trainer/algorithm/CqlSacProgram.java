package io.millrace.trainer.algorithm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** {@code cql_sac.py}: its attributes and its state. */
final class CqlSacProgram {
  /** Half of a core's second-level cache, as it is on most. */
  private static final long LAYER_BYTES = 1 << 20;

  private CqlSacProgram() {}

  static Program of(CqlSac algorithm, LearnerSpec spec, Execution execution) {
    return new Program(
        "cql_sac",
        "CqlSac",
        List.of("network", "backward", "optimizer", "sac", "cql"),
        attributes(algorithm, spec, execution),
        state(algorithm.base(), spec),
        "policy");
  }

  private static Map<String, Object> attributes(
      CqlSac algorithm, LearnerSpec spec, Execution execution) {
    NetworkSpec networks = spec.networks();
    SoftActorCritic base = algorithm.base();
    var attributes = new HashMap<String, Object>();
    attributes.put("critics", (long) networks.critics());
    attributes.put("critic_sizes", longs(networks.criticLayout().sizes()));
    attributes.put("policy_sizes", longs(networks.policyLayout().sizes()));
    attributes.put("action_size", (long) networks.actionSize());
    attributes.put("discount", base.discount());
    attributes.put("target_rate", base.targetRate());
    attributes.put("critic_rate", base.criticLearningRate());
    attributes.put("policy_rate", base.policyLearningRate());
    attributes.put("tune_temperature", base.tuneTemperature());
    attributes.put("target_entropy", base.targetEntropy().orElse(-networks.actionSize()));
    attributes.put("backup_entropy", base.backupEntropy());
    ConservativeWeight weight = algorithm.weight();
    attributes.put("lagrange", weight instanceof ConservativeWeight.Lagrange);
    attributes.put("alpha", weight instanceof ConservativeWeight.Fixed f ? f.alpha() : 0.0);
    attributes.put(
        "gap_target", weight instanceof ConservativeWeight.Lagrange l ? l.gapTarget() : 0.0);
    attributes.put("gap_temperature", algorithm.gapTemperature());
    attributes.put("sampled_actions", (long) algorithm.sampledActions());
    attributes.put("behaviour_cloning_updates", algorithm.behaviourCloningUpdates());
    attributes.put("chunk_rows", chunkRows(algorithm, networks, execution));
    attributes.put("hand_written", execution.handWritten());
    attributes.put("mixed", spec.precision() == Precision.MIXED);
    return attributes;
  }

  /**
   * How many states' activations are held at a time: on a CPU as many as keep one layer of them in
   * {@link #LAYER_BYTES}, on a GPU all.
   */
  private static long chunkRows(CqlSac algorithm, NetworkSpec networks, Execution execution) {
    if (execution.device().isGpu()) {
      return Integer.MAX_VALUE;
    }
    int widest = networks.hiddenSizes().stream().mapToInt(size -> size).max().orElseThrow();
    long stateBytes = (3L * algorithm.sampledActions() + 1) * widest * Float.BYTES;
    return Math.max(1, LAYER_BYTES / stateBytes);
  }

  private static StateLayout state(SoftActorCritic base, LearnerSpec spec) {
    NetworkSpec networks = spec.networks();
    var random = new Random(spec.seed());
    MlpLayout critic = networks.criticLayout();
    var critics = new float[Math.multiplyExact(networks.critics(), critic.length())];
    for (int i = 0; i < networks.critics(); i++) {
      critic.initialize(critics, i * critic.length(), random);
    }
    MlpLayout policyLayout = networks.policyLayout();
    var policy = new float[policyLayout.length()];
    policyLayout.initialize(policy, 0, random);
    return new StateLayout()
        .parameters("critics", critics)
        .parameters("policy", policy)
        .parameters("log_temperature", new float[] {(float) Math.log(base.initialTemperature())})
        .parameters("log_multiplier", new float[networks.critics()])
        .targetOf("critics");
  }

  private static long[] longs(List<Integer> sizes) {
    return sizes.stream().mapToLong(Integer::longValue).toArray();
  }
}
