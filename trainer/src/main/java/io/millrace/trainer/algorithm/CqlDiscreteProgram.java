package io.millrace.trainer.algorithm;

import java.util.Map;

/** {@code cql_discrete.py}: its attributes and its state. */
final class CqlDiscreteProgram {
  private CqlDiscreteProgram() {}

  static Program of(CqlDiscrete algorithm, LearnerSpec spec) {
    NetworkSpec networks = spec.networks();
    Map<String, Object> attributes = Program.sizes(networks);
    attributes.put("discount", algorithm.discount());
    ConservativeWeight weight = algorithm.weight();
    boolean lagrange = weight instanceof ConservativeWeight.Lagrange;
    attributes.put("lagrange", lagrange);
    attributes.put("alpha", weight instanceof ConservativeWeight.Fixed f ? f.alpha() : 0.0);
    attributes.put(
        "gap_target", weight instanceof ConservativeWeight.Lagrange l ? l.gapTarget() : 0.0);
    attributes.put("gap_temperature", algorithm.gapTemperature());
    var state =
        new StateLayout()
            .parameters(
                Program.CRITICS,
                new InitialParameters(spec).critics(),
                algorithm.criticLearningRate())
            .parameters(
                "log_multiplier",
                new float[networks.critics()],
                lagrange ? algorithm.criticLearningRate() : 0)
            .targetOf(Program.CRITICS, algorithm.targetRate());
    return Program.byAutograd("cql_discrete", "CqlDiscrete", attributes, state);
  }
}
