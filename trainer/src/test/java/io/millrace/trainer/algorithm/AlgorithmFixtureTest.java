package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three updates of each algorithm beside those of an independent statement, {@code
 * benchmarks/peers/algorithm_fixtures.py}, which wrote the fixtures.
 */
class AlgorithmFixtureTest {
  private static final NetworkSpec TWIN = new NetworkSpec(3, 2, List.of(8, 6));
  private static final NetworkSpec ENSEMBLE = new NetworkSpec(3, 2, List.of(8, 6), 4, true);

  private static final NetworkSpec CHOICE = NetworkSpec.discrete(3, 4, List.of(8, 6), 2, true);
  private static final NetworkSpec ONE_CRITIC = NetworkSpec.discrete(3, 4, List.of(8, 6), 1, false);

  static Stream<Arguments> algorithms() {
    return Stream.of(
        Arguments.of("sac", new Sac(base(true, 2)), TWIN),
        Arguments.of("sac_ensemble", new Sac(base(true, 2)), ENSEMBLE),
        Arguments.of("cql_best_of_n", cql(Regularizer.H, 1, true), TWIN),
        Arguments.of("cql_rho", cql(Regularizer.RHO, 0.7, false), TWIN),
        Arguments.of("cql_var", cql(Regularizer.VAR, 1, false), TWIN),
        Arguments.of("cal_ql", new CalQl(cql(Regularizer.H, 1, false)), TWIN),
        Arguments.of("td3_bc", new Td3Bc(0.97, 0.02, 3e-3, 1e-3, 2.5, 0.2, 0.5, 2, 0.1), TWIN),
        Arguments.of("iql", new Iql(0.97, 0.02, 3e-3, 1e-3, 0.7, 3, 1.2), TWIN),
        Arguments.of("cql_discrete", discrete(new ConservativeWeight.Lagrange(0.3), 0.7), CHOICE),
        Arguments.of("double_dqn", discrete(new ConservativeWeight.Fixed(2), 1), ONE_CRITIC),
        Arguments.of("bc", new BehaviourCloning(1e-3), TWIN));
  }

  private static SoftActorCritic base(boolean backupEntropy, int targetCritics) {
    return new SoftActorCritic(
        0.97,
        0.02,
        3e-3,
        1e-3,
        1,
        true,
        OptionalDouble.empty(),
        backupEntropy,
        OptionalInt.of(targetCritics));
  }

  private static CqlDiscrete discrete(ConservativeWeight weight, double temperature) {
    return new CqlDiscrete(0.97, 0.02, 3e-3, weight, temperature, 0.1);
  }

  private static CqlSac cql(Regularizer regularizer, double temperature, boolean maxTarget) {
    ActionPrior prior = regularizer == Regularizer.VAR ? ActionPrior.UNIFORM : ActionPrior.POLICY;
    return new CqlSac(
        base(false, 2),
        regularizer,
        prior,
        new ConservativeWeight.Fixed(5),
        4,
        temperature,
        0,
        maxTarget);
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void lossesGradientsAndThreeUpdatesAreThoseOfTheIndependentStatement(
      String name, Algorithm algorithm, NetworkSpec networks) throws IOException {
    Fixture fixture = Fixture.read(name + ".npz");
    var spec = new LearnerSpec(algorithm, networks, 1, ComputeDevice.CPU, Precision.FP32);
    Execution execution = ScriptUnderTest.AUTOGRAD_64;
    StateLayout layout = Program.of(spec, execution).state();
    List<String> groups = layout.groupNames();
    List<String> tensors =
        layout.initial().tensors().stream().map(LearnerState.NamedTensor::name).toList();
    try (ScriptUnderTest script = new ScriptUnderTest(spec, execution)) {
      for (String tensor : parametersAndTargets(tensors)) {
        script.state(tensors.indexOf(tensor), fixture.get("before." + tensor).numbers());
      }
      for (int update = 1; update <= 3; update++) {
        String at = "update" + update + ".";
        script.columns(fixture.columns(at)).noise(noise(fixture, at));
        assertNear(script.losses(update), fixture, at + "losses");
        List<double[]> gradients = script.gradients(update);
        for (int group = 0; group < groups.size(); group++) {
          assertNear(gradients.get(group), fixture, at + "gradient." + groups.get(group));
        }
        script.step(update);
      }
      for (String tensor : parametersAndTargets(tensors)) {
        assertNear(script.state(tensors.indexOf(tensor)), fixture, "after." + tensor);
      }
    }
  }

  private static List<String> parametersAndTargets(List<String> tensors) {
    return tensors.stream()
        .filter(name -> !name.endsWith(".first") && !name.endsWith(".second"))
        .toList();
  }

  private static List<Fixture.Values> noise(Fixture fixture, String at) {
    var noise = new ArrayList<Fixture.Values>();
    for (int i = 0; fixture.has(at + "noise" + i); i++) {
      noise.add(fixture.get(at + "noise" + i));
    }
    return noise;
  }

  private static void assertNear(double[] actual, Fixture fixture, String key) {
    assertThat(actual).as(key).containsExactly(fixture.get(key).numbers(), within(1e-9));
  }
}
