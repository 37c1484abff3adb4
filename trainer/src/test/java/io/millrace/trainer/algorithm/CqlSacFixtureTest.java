package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three updates beside those of an independent statement of the algorithm, {@code
 * benchmarks/peers/cql_sac_fixture.py}, which wrote the fixtures.
 */
class CqlSacFixtureTest {
  private static final NetworkSpec NETWORKS = new NetworkSpec(3, 2, List.of(8, 6));
  private static final int SAMPLES = 4;
  private static final List<String> GROUPS =
      List.of("critics", "policy", "log_temperature", "log_multiplier");
  private static final int TARGET = 12;

  static Stream<Arguments> runs() {
    return Stream.of("fixed", "lagrange", "cloning")
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(name, ScriptUnderTest.AUTOGRAD_64, 1e-9),
                    Arguments.of(name, ScriptUnderTest.BY_HAND_64, 1e-9),
                    Arguments.of(name, ScriptUnderTest.ONE_DNN, 1e-4)));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void lossesGradientsAndThreeUpdatesAreThoseOfTheIndependentStatement(
      String name, Execution execution, double tolerance) throws IOException {
    Fixture fixture = Fixture.read("cql_sac_" + name + ".npz");
    var spec = new LearnerSpec(algorithm(name), NETWORKS, 1, ComputeDevice.CPU, Precision.FP32);
    try (ScriptUnderTest script = new ScriptUnderTest(spec, execution)) {
      script.state(0, fixture.get("before.critics").numbers());
      script.state(1, fixture.get("before.policy").numbers());
      script.state(TARGET, fixture.get("before.critics").numbers());
      for (int update = 1; update <= 3; update++) {
        String at = "update" + update + ".";
        script.columns(fixture.columns(at));
        script.noise(List.of(fixture.get(at + "normal"), fixture.get(at + "uniform")));
        if (execution.differentiation() == Differentiation.AUTOGRAD) {
          assertNear(script.losses(update), fixture.get(at + "losses"), tolerance, at);
        }
        List<double[]> gradients = script.gradients(update);
        for (int group = 0; group < GROUPS.size(); group++) {
          String key = at + "gradient." + GROUPS.get(group);
          assertNear(gradients.get(group), fixture.get(key), tolerance, key);
        }
        double[] metrics = script.step(update);
        assertThat(metrics[0])
            .isCloseTo(fixture.get(at + "td_loss").numbers()[0], within(tolerance * 10));
        assertThat(metrics[1])
            .isCloseTo(fixture.get(at + "conservative_gap").numbers()[0], within(tolerance * 10));
      }
      for (int group = 0; group < GROUPS.size(); group++) {
        String key = "after." + GROUPS.get(group);
        assertNear(script.state(group), fixture.get(key), tolerance, key);
      }
      assertNear(script.state(TARGET), fixture.get("after.critics.target"), tolerance, "target");
    }
  }

  private static CqlSac algorithm(String name) {
    boolean lagrange = name.equals("lagrange");
    var base =
        new SoftActorCritic(0.97, 0.02, 3e-3, 1e-3, 1, true, OptionalDouble.empty(), lagrange);
    ConservativeWeight weight =
        lagrange ? new ConservativeWeight.Lagrange(0.5) : new ConservativeWeight.Fixed(5);
    return new CqlSac(base, weight, SAMPLES, 1, name.equals("cloning") ? 2 : 0);
  }

  private static void assertNear(
      double[] actual, Fixture.Values expected, double tolerance, String key) {
    assertThat(actual).as(key).containsExactly(expected.numbers(), within(tolerance));
  }
}
