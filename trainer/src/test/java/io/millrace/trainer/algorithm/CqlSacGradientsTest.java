package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradients of every loss, by finite differences, by autograd and by hand. */
class CqlSacGradientsTest {
  private static final int ROWS = 7;
  private static final int SAMPLED_ACTIONS = 3;
  private static final NetworkSpec SMALL = new NetworkSpec(3, 2, List.of(5, 4));

  record Case(String name, Algorithm algorithm, NetworkSpec networks, long step) {
    Case(String name, Algorithm algorithm) {
      this(name, algorithm, SMALL, 1);
    }

    @Override
    public String toString() {
      return name;
    }

    LearnerSpec spec(Precision precision) {
      return new LearnerSpec(algorithm, networks, 11, ComputeDevice.CPU, precision);
    }

    /** With multipliers and a temperature that are not their initial 0. */
    ScriptUnderTest script(Execution execution, int rows) {
      return script(execution, rows, Precision.FP32);
    }

    ScriptUnderTest script(Execution execution, int rows, Precision precision) {
      return new ScriptUnderTest(spec(precision), execution)
          .batch(Batches.random(networks, rows, 5))
          .noise(networks, rows, SAMPLED_ACTIONS, 6)
          .state(2, -0.7)
          .state(3, DoubleStream.iterate(0.4, x -> x - 0.9).limit(networks.critics()).toArray());
    }
  }

  static Stream<Case> cases() {
    var fixed = new ConservativeWeight.Fixed(5);
    var lagrange = new ConservativeWeight.Lagrange(0.5);
    return Stream.of(
        new Case("fixed", cql(fixed, false, 1, 0)),
        new Case("lagrange", cql(lagrange, false, 1, 0)),
        new Case("backup entropy", cql(fixed, true, 1, 0)),
        new Case("gap temperature", cql(fixed, false, 0.6, 0)),
        new Case("best of N", variant(Regularizer.H, ActionPrior.POLICY, true)),
        new Case("calibrated", new CalQl(cql(lagrange, false, 0.6, 0))),
        new Case(
            "calibrated, best of N", new CalQl(variant(Regularizer.H, ActionPrior.POLICY, true))),
        new Case("cloning", cql(fixed, false, 1, 3), SMALL, 3),
        new Case("cloning is over", cql(fixed, false, 1, 3), SMALL, 4),
        new Case(
            "one layer, one critic",
            cql(lagrange, false, 1, 0),
            new NetworkSpec(2, 1, List.of(6), 1),
            1),
        new Case(
            "three layers, three critics",
            cql(lagrange, true, 1, 0),
            new NetworkSpec(2, 3, List.of(4, 6, 5), 3),
            1));
  }

  /** With those whose loss holds a part of itself, so that its slope is not the gradient. */
  static Stream<Case> casesAndHeldOnes() {
    return Stream.concat(
        cases(),
        Stream.of(
            new Case("rho", variant(Regularizer.RHO, ActionPrior.UNIFORM, false)),
            new Case("rho, policy", variant(Regularizer.RHO, ActionPrior.POLICY, true))));
  }

  private static CqlSac cql(
      ConservativeWeight weight, boolean backupEntropy, double gapTemperature, long cloning) {
    var base =
        new SoftActorCritic(
            0.97, 0.01, 3e-4, 1e-4, 1, true, OptionalDouble.of(-1.5), backupEntropy);
    return new CqlSac(base, weight, SAMPLED_ACTIONS, gapTemperature, cloning);
  }

  private static CqlSac variant(Regularizer regularizer, ActionPrior prior, boolean maxTarget) {
    CqlSac cql = cql(new ConservativeWeight.Fixed(5), false, 0.6, 0);
    return new CqlSac(
        cql.base(),
        regularizer,
        prior,
        cql.weight(),
        cql.sampledActions(),
        cql.gapTemperature(),
        0,
        maxTarget);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void autogradIsTheSlopeOfEachLoss(Case test) {
    try (ScriptUnderTest script = test.script(ScriptUnderTest.AUTOGRAD_64, ROWS)) {
      List<double[]> gradients = script.gradients(test.step());
      for (int group = 0; group < 4; group++) {
        double[] slopes = Slopes.of(script, group, test.step());
        assertThat(Slopes.relativeError(gradients.get(group), slopes))
            .as("%s: group %d", test, group)
            .isLessThan(1e-6);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("casesAndHeldOnes")
  void byHandIsAutogradInDoublePrecision(Case test) {
    // More states than are taken at a time, and not a multiple.
    int rows = 41;
    assertSame(
        test, ScriptUnderTest.AUTOGRAD_64, ScriptUnderTest.BY_HAND_64, rows, Precision.FP32, 1e-12);
  }

  @ParameterizedTest
  @MethodSource("casesAndHeldOnes")
  void byHandInTasksIsAutograd(Case test) {
    for (int tasks : new int[] {2, 5, 8}) {
      var byHand = ScriptUnderTest.inTasks(tasks);
      assertSame(test, ScriptUnderTest.AUTOGRAD_64, byHand, 41, Precision.FP32, 1e-12);
    }
    // More tasks than there are states to cut.
    var byHand = ScriptUnderTest.inTasks(16);
    assertSame(test, ScriptUnderTest.AUTOGRAD_64, byHand, 3, Precision.FP32, 1e-12);
  }

  @ParameterizedTest
  @MethodSource("casesAndHeldOnes")
  void byHandIsAutogradInSinglePrecision(Case test) {
    assertSame(
        test, ScriptUnderTest.AUTOGRAD_32, ScriptUnderTest.BY_HAND_32, 41, Precision.FP32, 1e-5);
  }

  @ParameterizedTest
  @MethodSource("casesAndHeldOnes")
  void kernelsAreAutograd(Case test) {
    // More states than a block has, and not a multiple.
    assertSame(
        test, ScriptUnderTest.AUTOGRAD_64, ScriptUnderTest.KERNELS, 71, Precision.FP32, 1e-5);
    try (ScriptUnderTest script = test.script(ScriptUnderTest.KERNELS, 1)) {
      assertThat(script.hasKernel()).isEqualTo(test.networks().hiddenSizes().size() == 2);
    }
  }

  @ParameterizedTest
  @MethodSource("casesAndHeldOnes")
  void oneDnnIsAutograd(Case test) {
    assertSame(
        test, ScriptUnderTest.AUTOGRAD_32, ScriptUnderTest.ONE_DNN, 41, Precision.FP32, 1e-5);
  }

  @ParameterizedTest
  @MethodSource("casesAndHeldOnes")
  void mixedPrecisionIsNearAutograd(Case test) {
    assertSame(
        test, ScriptUnderTest.AUTOGRAD_32, ScriptUnderTest.ONE_DNN, 41, Precision.MIXED, 0.02);
  }

  private static void assertSame(
      Case test,
      Execution expected,
      Execution actual,
      int rows,
      Precision precision,
      double tolerance) {
    try (ScriptUnderTest left = test.script(expected, rows);
        ScriptUnderTest right = test.script(actual, rows, precision)) {
      List<double[]> autograd = left.gradients(test.step());
      List<double[]> byHand = right.gradients(test.step());
      for (int group = 0; group < 4; group++) {
        assertThat(Slopes.relativeError(byHand.get(group), autograd.get(group)))
            .as("%s: group %d", test, group)
            .isLessThan(tolerance);
      }
      assertThat(Slopes.relativeError(byHand.get(4), autograd.get(4)))
          .as("%s: metrics", test)
          .isLessThan(tolerance);
    }
  }
}
