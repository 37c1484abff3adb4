package io.millrace.trainer.algorithm;

/** {@code bc.py}: its attributes and its state. */
final class BehaviourCloningProgram {
  private BehaviourCloningProgram() {}

  static Program of(BehaviourCloning algorithm, LearnerSpec spec) {
    NetworkSpec networks = spec.networks();
    float[] policy = new InitialParameters(spec).network(networks.policyLayout());
    return Program.byAutograd(
        "bc",
        "BehaviourCloning",
        Program.sizes(networks),
        new StateLayout().parameters(Program.POLICY, policy, algorithm.policyLearningRate()));
  }
}
