package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradients of every algorithm's losses beside finite differences, in double precision. */
class AlgorithmGradientsTest {
  private static final int ROWS = 7;
  private static final NetworkSpec SMALL = new NetworkSpec(3, 2, List.of(5, 4));
  private static final NetworkSpec ENSEMBLE = new NetworkSpec(3, 2, List.of(5, 4), 4, true);

  /**
   * An algorithm.
   *
   * @param held groups whose loss holds a part of itself that its gradient does not see, so that
   *     its slope is another
   */
  record Case(String name, Algorithm algorithm, NetworkSpec networks, Set<Integer> held) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("sac", new Sac(base(2)), SMALL, Set.of()),
        new Case("sac, ensemble with norm", new Sac(base(3)), ENSEMBLE, Set.of()),
        new Case("cql, best of N", cql(Regularizer.H, ActionPrior.POLICY, true, 2), SMALL, NONE),
        new Case("cql, ensemble", cql(Regularizer.H, ActionPrior.POLICY, false, 2), ENSEMBLE, NONE),
        new Case("cql(rho)", cql(Regularizer.RHO, ActionPrior.UNIFORM, false, 2), SMALL, Set.of(0)),
        new Case("cql(var)", cql(Regularizer.VAR, ActionPrior.UNIFORM, false, 2), SMALL, NONE),
        new Case(
            "cql(var), policy", cql(Regularizer.VAR, ActionPrior.POLICY, false, 2), SMALL, NONE),
        new Case(
            "cal-ql", new CalQl(cql(Regularizer.H, ActionPrior.POLICY, false, 2)), SMALL, Set.of()),
        new Case(
            "td3-bc", new Td3Bc(0.97, 0.01, 3e-4, 1e-4, 2.5, 0.3, 0.4, 2, 0.1), SMALL, Set.of(1)),
        new Case(
            "td3-bc without values",
            new Td3Bc(0.97, 0.01, 3e-4, 1e-4, 0, 0.3, 0.4, 2, 0.1),
            SMALL,
            Set.of()),
        new Case("iql", new Iql(0.97, 0.01, 3e-4, 1e-4, 0.8, 3, 1.1), SMALL, Set.of()),
        new Case("iql with norm", new Iql(0.97, 0.01, 3e-4, 1e-4, 0.8, 3, 1e3), ENSEMBLE, NONE),
        new Case("cql-discrete", discrete(new ConservativeWeight.Lagrange(0.5)), choice(2), NONE),
        new Case("cql-discrete, fixed", discrete(new ConservativeWeight.Fixed(2)), choice(1), NONE),
        new Case("bc", new BehaviourCloning(1e-3), SMALL, Set.of()));
  }

  private static final Set<Integer> NONE = Set.of();

  private static NetworkSpec choice(int critics) {
    return NetworkSpec.discrete(3, 4, List.of(5, 4), critics, critics > 1);
  }

  private static CqlDiscrete discrete(ConservativeWeight weight) {
    return new CqlDiscrete(0.97, 0.01, 3e-4, weight, 0.7, 0.1);
  }

  private static SoftActorCritic base(int targetCritics) {
    return new SoftActorCritic(
        0.97,
        0.01,
        3e-4,
        1e-4,
        0.5,
        true,
        OptionalDouble.of(-1.5),
        false,
        OptionalInt.of(targetCritics));
  }

  private static CqlSac cql(
      Regularizer regularizer, ActionPrior prior, boolean maxTarget, int targetCritics) {
    return new CqlSac(
        base(targetCritics),
        regularizer,
        prior,
        new ConservativeWeight.Lagrange(0.5),
        3,
        0.7,
        0,
        maxTarget);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAreTheSlopesOfTheLosses(Case test) {
    var spec = new LearnerSpec(test.algorithm, test.networks, 11);
    int groups = Program.of(spec, ScriptUnderTest.AUTOGRAD_64).state().groupNames().size();
    try (ScriptUnderTest script = new ScriptUnderTest(spec, ScriptUnderTest.AUTOGRAD_64)) {
      script.batch(Batches.random(test.networks, ROWS, 5)).noise(6);
      // Targets that are not what they follow, and multipliers that are not 1.
      var random = new Random(7);
      for (int i = 0; i < script.stateSize(); i++) {
        double[] values = script.state(i);
        for (int j = 0; j < values.length; j++) {
          values[j] += 0.1 * random.nextGaussian();
        }
        script.state(i, values);
      }
      List<double[]> gradients = script.gradients(1);
      for (int group = 0; group < groups; group++) {
        if (!test.held.contains(group)) {
          assertThat(Slopes.relativeError(gradients.get(group), Slopes.of(script, group, 1)))
              .as("%s: group %d", test, group)
              .isLessThan(1e-6);
        }
      }
    }
  }
}
