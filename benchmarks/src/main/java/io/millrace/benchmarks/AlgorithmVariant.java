package io.millrace.benchmarks;

import io.millrace.trainer.algorithm.ActionPrior;
import io.millrace.trainer.algorithm.Algorithm;
import io.millrace.trainer.algorithm.BehaviourCloning;
import io.millrace.trainer.algorithm.CalQl;
import io.millrace.trainer.algorithm.ConservativeWeight;
import io.millrace.trainer.algorithm.CqlDiscrete;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Iql;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Regularizer;
import io.millrace.trainer.algorithm.Sac;
import io.millrace.trainer.algorithm.SoftActorCritic;
import io.millrace.trainer.algorithm.Td3Bc;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * An algorithm as the trainer runs it, with its defaults where nothing else is said. A new
 * algorithm is a line in {@link #ALL}.
 *
 * @param critics how many estimate each value
 * @param criticNorm whether they have a LayerNorm before each ReLU
 */
record AlgorithmVariant(String name, Algorithm algorithm, int critics, boolean criticNorm) {
  private static final int RLPD_CRITICS = 10;
  private static final double GAP_TARGET = 5;

  static final List<AlgorithmVariant> ALL =
      List.of(
          twin(BehaviourCloning.NAME, new BehaviourCloning(3e-4)),
          twin(Td3Bc.NAME, Td3Bc.defaults()),
          twin(Iql.NAME, Iql.defaults()),
          twin(Sac.NAME, new Sac(soft(true, OptionalInt.empty()))),
          new AlgorithmVariant(
              "sac-rlpd", new Sac(soft(true, OptionalInt.of(2))), RLPD_CRITICS, true),
          twin(CqlSac.NAME, CqlSac.defaults()),
          twin(
              "cql-sac-lagrange",
              cql(Regularizer.H, new ConservativeWeight.Lagrange(GAP_TARGET), false)),
          twin("cql-sac-max-target", cql(Regularizer.H, fixed(), true)),
          twin("cql-sac-rho", cql(Regularizer.RHO, fixed(), false)),
          twin("cql-sac-var", cql(Regularizer.VAR, fixed(), false)),
          twin(CalQl.NAME, new CalQl(CqlSac.defaults())),
          twin(CqlDiscrete.NAME, CqlDiscrete.defaults()));

  private static AlgorithmVariant twin(String name, Algorithm algorithm) {
    return new AlgorithmVariant(name, algorithm, 2, false);
  }

  private static SoftActorCritic soft(boolean backupEntropy, OptionalInt targetCritics) {
    return new SoftActorCritic(
        0.99, 0.005, 3e-4, 3e-4, 1, true, OptionalDouble.empty(), backupEntropy, targetCritics);
  }

  private static ConservativeWeight fixed() {
    return new ConservativeWeight.Fixed(5);
  }

  private static CqlSac cql(
      Regularizer regularizer, ConservativeWeight weight, boolean maxTargetBackup) {
    int actions = CqlSac.defaults().sampledActions();
    var base = SoftActorCritic.defaults();
    return new CqlSac(
        base, regularizer, ActionPrior.POLICY, weight, actions, 1, 0, maxTargetBackup);
  }

  /** The names of all. */
  static List<String> names() {
    return ALL.stream().map(AlgorithmVariant::name).toList();
  }

  /**
   * The one of this name.
   *
   * @throws IllegalArgumentException with the names that there are
   */
  static AlgorithmVariant of(String name) {
    return ALL.stream()
        .filter(variant -> variant.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "algorithm: expected one of " + names() + ", got '" + name + "'"));
  }

  /**
   * Its networks, in the sizes that the command line has; the size of an action is the number of
   * actions where these are discrete.
   */
  NetworkSpec networks(UpdateSizes sizes) {
    var rows = sizes.rowSizes();
    if (algorithm instanceof CqlDiscrete) {
      return NetworkSpec.discrete(
          rows.observationSize(), rows.actionSize(), sizes.hiddenSizes(), critics, criticNorm);
    }
    return new NetworkSpec(
        rows.observationSize(), rows.actionSize(), sizes.hiddenSizes(), critics, criticNorm);
  }
}
