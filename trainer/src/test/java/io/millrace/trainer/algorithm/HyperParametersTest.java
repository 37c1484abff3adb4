package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HyperParametersTest {

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("discount", () -> base(1, 0.005, 3e-4, 1)),
        mistake("targetRate", () -> base(0.99, 0, 3e-4, 1)),
        mistake("criticLearningRate", () -> base(0.99, 0.005, Double.NaN, 1)),
        mistake("initialTemperature", () -> base(0.99, 0.005, 3e-4, -1)),
        mistake("alpha", () -> new ConservativeWeight.Fixed(-1)),
        mistake("gapTarget", () -> new ConservativeWeight.Lagrange(Double.NaN)),
        mistake("sampledActions", () -> cql(0, 1, 0)),
        mistake("gapTemperature", () -> cql(10, 0, 0)),
        mistake("behaviourCloningUpdates", () -> cql(10, 1, -1)),
        mistake("targetCritics", () -> base(0)),
        mistake("targetCritics", () -> base(3).targetCriticsOf(2)),
        mistake("maxTargetBackup", () -> maxTargetBackup(true)),
        mistake("regularizer", () -> new CalQl(regularizer(Regularizer.VAR))),
        mistake("expectile", () -> new Iql(0.99, 0.005, 3e-4, 3e-4, 1, 3, 100)),
        mistake("advantageClip", () -> new Iql(0.99, 0.005, 3e-4, 3e-4, 0.7, 3, 0)),
        mistake("targetNoise", () -> new Td3Bc(0.99, 0.005, 3e-4, 3e-4, 2.5, -1, 0.5, 2, 0.1)),
        mistake("policyInterval", () -> new Td3Bc(0.99, 0.005, 3e-4, 3e-4, 2.5, 1, 0.5, 0, 0.1)),
        mistake("policyLearningRate", () -> new BehaviourCloning(0)),
        mistake("explorationEpsilon", () -> discrete(1, 1.5)),
        mistake("gapTemperature", () -> discrete(0, 0.1)),
        mistake("actionSize", () -> new NetworkSpec(1, 2, List.of(4), 1, false, 3)),
        mistake("algorithm cql-discrete", () -> spec(CqlDiscrete.defaults(), 0)),
        mistake("algorithm cql-sac", () -> spec(CqlSac.defaults(), 3)),
        mistake("observationSize", () -> new NetworkSpec(0, 1, List.of(4))),
        mistake("actionSize", () -> new NetworkSpec(1, 0, List.of(4))),
        mistake("hiddenSizes", () -> new NetworkSpec(1, 1, List.of())),
        mistake("hiddenSizes", () -> new NetworkSpec(1, 1, List.of(4, 0))),
        mistake("critics", () -> new NetworkSpec(1, 1, List.of(4), 0)),
        mistake("rows", () -> new Batch(0, new NetworkSpec(1, 1, List.of(4)))));
  }

  private static CqlDiscrete discrete(double temperature, double epsilon) {
    return new CqlDiscrete(
        0.99, 0.005, 3e-4, new ConservativeWeight.Fixed(5), temperature, epsilon);
  }

  private static LearnerSpec spec(Algorithm algorithm, int discreteActions) {
    return new LearnerSpec(
        algorithm, new NetworkSpec(2, 1, List.of(4), 2, false, discreteActions), 1);
  }

  private static Arguments mistake(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  private static SoftActorCritic base(double discount, double rate, double learning, double alpha) {
    return new SoftActorCritic(
        discount, rate, learning, 1e-4, alpha, true, OptionalDouble.empty(), false);
  }

  private static SoftActorCritic base(int targetCritics) {
    return new SoftActorCritic(
        0.99,
        0.005,
        3e-4,
        1e-4,
        1,
        true,
        OptionalDouble.empty(),
        false,
        OptionalInt.of(targetCritics));
  }

  private static CqlSac maxTargetBackup(boolean backupEntropy) {
    var base =
        new SoftActorCritic(
            0.99, 0.005, 3e-4, 1e-4, 1, true, OptionalDouble.empty(), backupEntropy);
    return new CqlSac(
        base, Regularizer.H, ActionPrior.POLICY, new ConservativeWeight.Fixed(5), 10, 1, 0, true);
  }

  private static CqlSac regularizer(Regularizer regularizer) {
    return new CqlSac(
        SoftActorCritic.defaults(),
        regularizer,
        ActionPrior.POLICY,
        new ConservativeWeight.Fixed(5),
        10,
        1,
        0,
        false);
  }

  private static CqlSac cql(int samples, double temperature, long cloning) {
    return new CqlSac(
        SoftActorCritic.defaults(), new ConservativeWeight.Fixed(5), samples, temperature, cloning);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aValueOutOfRangeIsNamed(String name, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("expected");
  }
}
