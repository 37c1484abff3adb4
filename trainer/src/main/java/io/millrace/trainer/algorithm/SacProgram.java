package io.millrace.trainer.algorithm;

import java.util.Map;

/** {@code sac.py}: its attributes and its state. */
final class SacProgram {
  private SacProgram() {}

  static Program of(SoftActorCritic base, LearnerSpec spec) {
    return Program.byAutograd("sac", "Sac", attributes(base, spec.networks()), state(base, spec));
  }

  /** The attributes that every soft actor-critic has. */
  static Map<String, Object> attributes(SoftActorCritic base, NetworkSpec networks) {
    Map<String, Object> attributes = Program.sizes(networks);
    attributes.put("target_critics", (long) base.targetCriticsOf(networks.critics()));
    attributes.put("discount", base.discount());
    attributes.put("target_entropy", base.targetEntropy().orElse(-networks.actionSize()));
    attributes.put("backup_entropy", base.backupEntropy());
    return attributes;
  }

  /** The state that every soft actor-critic has. */
  static StateLayout state(SoftActorCritic base, LearnerSpec spec) {
    var initial = new InitialParameters(spec);
    var temperature = new float[] {(float) Math.log(base.initialTemperature())};
    return new StateLayout()
        .parameters(Program.CRITICS, initial.critics(), base.criticLearningRate())
        .parameters(
            Program.POLICY,
            initial.network(spec.networks().policyLayout()),
            base.policyLearningRate())
        .parameters(
            Program.LOG_TEMPERATURE,
            temperature,
            base.tuneTemperature() ? base.policyLearningRate() : 0)
        .targetOf(Program.CRITICS, base.targetRate());
  }
}
