package io.millrace.trainer.algorithm;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** {@code td3_bc.py}: its attributes and its state. */
final class Td3BcProgram {
  private Td3BcProgram() {}

  static Program of(Td3Bc algorithm, LearnerSpec spec) {
    NetworkSpec networks = spec.networks();
    MlpLayout policy = networks.deterministicPolicyLayout();
    Map<String, Object> attributes = Program.sizes(networks);
    attributes.put("policy_sizes", policy.lengths());
    attributes.put("discount", algorithm.discount());
    attributes.put("behaviour_weight", algorithm.behaviourWeight());
    attributes.put("target_noise", algorithm.targetNoise());
    attributes.put("target_noise_clip", algorithm.targetNoiseClip());
    var initial = new InitialParameters(spec);
    int interval = algorithm.policyInterval();
    var state =
        new StateLayout()
            .parameters(Program.CRITICS, initial.critics(), algorithm.criticLearningRate())
            .parameters(
                Program.POLICY, initial.network(policy), algorithm.policyLearningRate(), interval)
            .targetOf(Program.CRITICS, algorithm.targetRate(), interval)
            .targetOf(Program.POLICY, algorithm.targetRate(), interval);
    return new Program(
        "td3_bc",
        "Td3Bc",
        attributes,
        state,
        false,
        Optional.empty(),
        OptionalDouble.of(algorithm.explorationNoise()));
  }
}
