package io.millrace.benchmarks;

import io.millrace.trainer.algorithm.ActionPrior;
import io.millrace.trainer.algorithm.Algorithm;
import io.millrace.trainer.algorithm.BehaviourCloning;
import io.millrace.trainer.algorithm.CalQl;
import io.millrace.trainer.algorithm.ConservativeWeight;
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
 * An algorithm as the pendulum benchmarks run it: 64×64 networks, all learning rates 3e-4, a fixed
 * conservative weight of 5, N = 10.
 *
 * @param name as on the command line
 */
record PendulumSetup(String name, Algorithm algorithm, NetworkSpec networks) {
  static final int BATCH_SIZE = 256;
  static final double DISCOUNT = 0.99;

  private static final double RATE = 3e-4;
  private static final NetworkSpec TWIN = new NetworkSpec(3, 1, List.of(64, 64));

  /** RLPD: ten critics with LayerNorm, of which a target takes two. */
  static final String RLPD = "rlpd";

  /**
   * The setup of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static PendulumSetup of(String name) {
    if (name.equals(RLPD)) {
      return new PendulumSetup(
          name,
          new Sac(base(true, OptionalInt.of(2))),
          new NetworkSpec(3, 1, List.of(64, 64), 10, true));
    }
    return new PendulumSetup(name, twin(name), TWIN);
  }

  private static Algorithm twin(String name) {
    var base = base(name.equals(Sac.NAME), OptionalInt.empty());
    var weight = new ConservativeWeight.Fixed(5);
    return switch (name) {
      case BehaviourCloning.NAME -> new BehaviourCloning(RATE);
      case Td3Bc.NAME -> Td3Bc.defaults();
      case Iql.NAME -> Iql.defaults();
      case Sac.NAME -> new Sac(base);
      case CqlSac.NAME -> new CqlSac(base, weight, 10, 1, 0);
      case CalQl.NAME -> new CalQl(new CqlSac(base, weight, 10, 1, 0));
      case "cql-sac-rho" -> regularized(base, Regularizer.RHO, weight);
      case "cql-sac-var" -> regularized(base, Regularizer.VAR, weight);
      default -> throw new IllegalArgumentException("no algorithm '" + name + "' is known here");
    };
  }

  private static SoftActorCritic base(boolean backupEntropy, OptionalInt targetCritics) {
    return new SoftActorCritic(
        DISCOUNT, 0.005, RATE, RATE, 1, true, OptionalDouble.empty(), backupEntropy, targetCritics);
  }

  private static CqlSac regularized(
      SoftActorCritic base, Regularizer regularizer, ConservativeWeight weight) {
    return new CqlSac(base, regularizer, ActionPrior.POLICY, weight, 10, 1, 0, false);
  }
}
