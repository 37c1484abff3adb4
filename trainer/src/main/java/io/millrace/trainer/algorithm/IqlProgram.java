package io.millrace.trainer.algorithm;

import java.util.Map;

/** {@code iql.py}: its attributes and its state. */
final class IqlProgram {
  private IqlProgram() {}

  static Program of(Iql algorithm, LearnerSpec spec) {
    NetworkSpec networks = spec.networks();
    Map<String, Object> attributes = Program.sizes(networks);
    attributes.put("discount", algorithm.discount());
    attributes.put("expectile", algorithm.expectile());
    attributes.put("inverse_temperature", algorithm.inverseTemperature());
    attributes.put("advantage_clip", algorithm.advantageClip());
    var initial = new InitialParameters(spec);
    var state =
        new StateLayout()
            .parameters(Program.CRITICS, initial.critics(), algorithm.criticLearningRate())
            .parameters(
                "value", initial.network(networks.valueLayout()), algorithm.criticLearningRate())
            .parameters(
                Program.POLICY,
                initial.network(networks.policyLayout()),
                algorithm.policyLearningRate())
            .targetOf(Program.CRITICS, algorithm.targetRate());
    return Program.byAutograd("iql", "Iql", attributes, state);
  }
}
