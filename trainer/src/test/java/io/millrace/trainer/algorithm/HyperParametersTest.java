package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HyperParametersTest {

  @Test
  void defaultsAreThoseOfTheLiterature() {
    CqlSac algorithm = CqlSac.defaults();
    assertThat(algorithm.hyperParameters())
        .containsEntry("discount", "0.99")
        .containsEntry("target-rate", "0.005")
        .containsEntry("critic-learning-rate", "3.0E-4")
        .containsEntry("policy-learning-rate", "1.0E-4")
        .containsEntry("backup-entropy", "false")
        .containsEntry("conservative-weight", "5.0")
        .containsEntry("sampled-actions", "10")
        .doesNotContainKey("conservative-gap-target");
    assertThat(algorithm.name()).isEqualTo("cql-sac");
  }

  @Test
  void theLagrangeFormStatesItsTargetAndNoWeight() {
    var algorithm =
        new CqlSac(SoftActorCritic.defaults(), new ConservativeWeight.Lagrange(6), 10, 1, 0);
    assertThat(algorithm.hyperParameters())
        .containsEntry("conservative-gap-target", "6.0")
        .doesNotContainKey("conservative-weight");
  }

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
        mistake("observationSize", () -> new NetworkSpec(0, 1, List.of(4))),
        mistake("actionSize", () -> new NetworkSpec(1, 0, List.of(4))),
        mistake("hiddenSizes", () -> new NetworkSpec(1, 1, List.of())),
        mistake("hiddenSizes", () -> new NetworkSpec(1, 1, List.of(4, 0))),
        mistake("critics", () -> new NetworkSpec(1, 1, List.of(4), 0)),
        mistake("rows", () -> new Batch(0, new NetworkSpec(1, 1, List.of(4)))));
  }

  private static Arguments mistake(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  private static SoftActorCritic base(double discount, double rate, double learning, double alpha) {
    return new SoftActorCritic(
        discount, rate, learning, 1e-4, alpha, true, OptionalDouble.empty(), false);
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
