package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Random;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the CQL paper (Kumar et al. 2020, arXiv 2006.04779) proves, on random small processes: its
 * left side comes from the functions that the trainer runs, its right side from exact algebra. Each
 * theorem has a case beside it where it does not hold, which must fail.
 */
class CqlTheoremsTest {
  private static final int PROCESSES = 20;
  private static final double DISCOUNT = 0.9;
  private static final double ALPHA = 0.3;

  /** A process and the policy that its data came from. */
  private record World(TabularMdp mdp, SimpleMatrix behaviour, Random random) {
    static World of(long seed) {
      var random = new Random(seed);
      var mdp = TabularMdp.random(4 + (int) seed % 3, 2 + (int) seed % 3, DISCOUNT, random);
      return new World(mdp, mdp.randomPolicy(0.8, random), random);
    }

    TabularRegularizer regularizer(String gap) throws IOException {
      return new TabularRegularizer(gap, mdp, behaviour);
    }

    SimpleMatrix zeros() {
      return new SimpleMatrix(mdp.states() * mdp.actions(), 1);
    }

    SimpleMatrix randomValues() {
      SimpleMatrix values = zeros();
      for (int i = 0; i < values.getNumElements(); i++) {
        values.set(i, 3 * random.nextGaussian());
      }
      return values;
    }

    /** {@code policy / behaviour}, for each state and action. */
    SimpleMatrix ratio(SimpleMatrix policy) {
      return mdp.column(policy).elementDiv(mdp.column(behaviour));
    }

    /** {@code D(s) = Σ π (π / β - 1)}. */
    SimpleMatrix divergence(SimpleMatrix policy) {
      return mdp.mean(ratio(policy).minus(1), policy);
    }

    /** Repeats {@code Q ← backup of Q - penalty}, until it stays. */
    SimpleMatrix fixedPoint(SimpleMatrix policy, SimpleMatrix penalty) {
      SimpleMatrix q = zeros();
      SimpleMatrix before;
      int rounds = 0;
      do {
        before = q;
        q = mdp.backup(q, policy).minus(penalty);
        rounds++;
      } while (q.minus(before).elementMaxAbs() > 1e-14 && rounds < 2_000);
      return q;
    }
  }

  @Test
  void theorem31ValuesAreBelowThoseOfThePolicyEverywhere() throws IOException {
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      TabularMdp mdp = world.mdp;
      SimpleMatrix policy = mdp.randomPolicy(1, world.random);
      SimpleMatrix mu = mdp.randomPolicy(1, world.random);
      try (TabularRegularizer regularizer = world.regularizer("equation 1")) {
        SimpleMatrix penalty = regularizer.penalty(world.randomValues(), mu, ALPHA);
        SimpleMatrix fixed = world.fixedPoint(policy, penalty);
        SimpleMatrix q = mdp.q(policy);
        SimpleMatrix exact = q.minus(mdp.pairSolve(policy, world.ratio(mu)).scale(ALPHA));
        assertNear(fixed, exact, 1e-11, seed);
        assertThat(q.minus(fixed).elementMin()).as("seed %d", seed).isNotNegative();
      }
    }
  }

  @Test
  void theorem32TheValueIsALowerBoundAndSingleValuesAreNot() throws IOException {
    int above = 0;
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      TabularMdp mdp = world.mdp;
      // Far from the data's policy, and near it, where single values are pushed up.
      double share = seed % 2 == 0 ? 1 : 0.1;
      SimpleMatrix policy =
          mdp.randomPolicy(1, world.random).scale(share).plus(world.behaviour.scale(1 - share));
      try (TabularRegularizer regularizer = world.regularizer("equation 2")) {
        SimpleMatrix penalty = regularizer.penalty(world.randomValues(), policy, ALPHA);
        SimpleMatrix fixed = world.fixedPoint(policy, penalty);
        SimpleMatrix divergence = world.divergence(policy);
        assertThat(divergence.elementMin()).isGreaterThan(-1e-12);
        SimpleMatrix value = mdp.mean(fixed, policy);
        SimpleMatrix exact =
            mdp.value(policy).minus(mdp.stateSolve(policy, divergence).scale(ALPHA));
        assertNear(value, exact, 1e-11, seed);
        assertThat(mdp.value(policy).minus(value).elementMin()).isGreaterThan(-1e-12);
        // Beside it: the same does not hold for each action.
        above += fixed.minus(mdp.q(policy)).elementMax() > 1e-6 ? 1 : 0;
      }
    }
    assertThat(above).as("processes with a value above its true one").isPositive();
  }

  @Test
  void theorem33ThePenaltyIsNotNegativeForAPolicyThatHasChangedLittle() throws IOException {
    int negative = 0;
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      TabularMdp mdp = world.mdp;
      SimpleMatrix mu = mdp.randomPolicy(1, world.random);
      try (TabularRegularizer regularizer = world.regularizer("equation 2")) {
        SimpleMatrix penalty = regularizer.penalty(world.randomValues(), mu, ALPHA);
        SimpleMatrix ratio = world.ratio(mu);
        SimpleMatrix excess = mdp.mean(ratio.minus(1), mu);
        SimpleMatrix worst = mu.copy();
        SimpleMatrix anything = mu.copy();
        for (int s = 0; s < mdp.states(); s++) {
          SimpleMatrix ratios = row(ratio, s, mdp.actions());
          double allowed = excess.get(s) / ratios.elementMax();
          // The worst change: from the actions of the highest ratio to that of the lowest.
          move(worst, s, ratios, allowed);
          move(anything, s, ratios, 1);
        }
        assertThat(mdp.mean(penalty, worst).elementMin()).as("seed %d", seed).isGreaterThan(-1e-12);
        negative += mdp.mean(penalty, anything).elementMin() < -1e-6 ? 1 : 0;
      }
    }
    assertThat(negative).as("processes in which a large change is rewarded").isPositive();
  }

  private static SimpleMatrix row(SimpleMatrix column, int state, int actions) {
    return column.rows(state * actions, (state + 1) * actions);
  }

  /** Moves up to {@code mass} of a state's probabilities to the action of the lowest ratio. */
  private static void move(SimpleMatrix policy, int state, SimpleMatrix ratios, double mass) {
    int lowest = 0;
    for (int a = 1; a < ratios.getNumElements(); a++) {
      lowest = ratios.get(a) < ratios.get(lowest) ? a : lowest;
    }
    double left = mass;
    var taken = new boolean[ratios.getNumElements()];
    taken[lowest] = true;
    for (int k = 1; k < taken.length && left > 0; k++) {
      int highest = -1;
      for (int a = 0; a < taken.length; a++) {
        if (!taken[a] && (highest < 0 || ratios.get(a) > ratios.get(highest))) {
          highest = a;
        }
      }
      taken[highest] = true;
      double moved = Math.min(left, policy.get(state, highest));
      policy.set(state, highest, policy.get(state, highest) - moved);
      policy.set(state, lowest, policy.get(state, lowest) + moved);
      left -= moved;
    }
  }

  @Test
  void theorem34TheGapToTheDataGrowsAboveTheThresholdAndNotBelow() throws IOException {
    int thresholds = 0;
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      TabularMdp mdp = world.mdp;
      SimpleMatrix policy = mdp.randomPolicy(1, world.random);
      SimpleMatrix mu = mdp.randomPolicy(1, world.random);
      SimpleMatrix backup = mdp.backup(world.randomValues(), policy);
      SimpleMatrix conservativeBackup = mdp.backup(world.randomValues(), policy);
      SimpleMatrix toData = world.behaviour.minus(mu);
      SimpleMatrix above = mdp.mean(backup.minus(conservativeBackup), toData);
      SimpleMatrix distance =
          mdp.mean(mdp.column(toData).elementDiv(mdp.column(world.behaviour)), toData);
      double threshold = above.elementDiv(distance).elementMax();
      if (threshold <= 0) {
        continue;
      }
      thresholds++;
      try (TabularRegularizer regularizer = world.regularizer("equation 2")) {
        SimpleMatrix slope = regularizer.penalty(world.randomValues(), mu, 1);
        for (double factor : new double[] {0.99, 1.01}) {
          SimpleMatrix conservative = conservativeBackup.minus(slope.scale(factor * threshold));
          double growth =
              mdp.mean(conservative, toData).minus(mdp.mean(backup, toData)).elementMin();
          assertThat(growth > 0).as("seed %d, factor %s", seed, factor).isEqualTo(factor > 1);
        }
      }
    }
    assertThat(thresholds).isGreaterThan(PROCESSES / 2);
  }

  @Test
  void theorem35TheReturnIsThatOfThePolicyLessItsDivergence() throws IOException {
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      TabularMdp mdp = world.mdp;
      SimpleMatrix policy = mdp.randomPolicy(1, world.random);
      try (TabularRegularizer regularizer = world.regularizer("equation 2")) {
        SimpleMatrix penalty = regularizer.penalty(world.zeros(), policy, ALPHA);
        // Solved, and not iterated: the theorem holds to the last digits.
        SimpleMatrix fixed = mdp.pairSolve(policy, mdp.reward().minus(penalty));
        double penalised = mdp.start().dot(mdp.mean(fixed, policy));
        double divergence = mdp.visits(policy).dot(world.divergence(policy));
        assertThat(penalised)
            .as("seed %d", seed)
            .isCloseTo(mdp.returnOf(policy) - ALPHA / (1 - DISCOUNT) * divergence, within(1e-12));
      }
    }
  }

  @Test
  void theorem36ThePenalisedOptimumIsBetterThanTheDataByItsDivergence() throws IOException {
    int plainOptimumFails = 0;
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      TabularMdp mdp = world.mdp;
      SimpleMatrix best = PenalisedOptimum.of(mdp, world.behaviour, ALPHA);
      try (TabularRegularizer regularizer = world.regularizer("equation 2")) {
        // What CQL with mu = policy makes of the optimum is what no other policy exceeds.
        double penalised = penalisedReturn(world, regularizer, best);
        for (int i = 0; i < 10; i++) {
          SimpleMatrix other = mdp.randomPolicy(1, world.random);
          assertThat(penalisedReturn(world, regularizer, other)).isLessThan(penalised);
        }
        assertThat(penalised)
            .isGreaterThan(penalisedReturn(world, regularizer, world.behaviour) - 1e-10);
      }
      assertThat(improvement(world, best)).isGreaterThan(required(world, best) - 1e-10);
      // Beside it: the optimum without the penalty does not come to its divergence.
      SimpleMatrix greedy = PenalisedOptimum.of(mdp, world.behaviour, 1e-9);
      plainOptimumFails += improvement(world, greedy) < required(world, greedy) ? 1 : 0;
    }
    assertThat(plainOptimumFails).isPositive();
  }

  private static double penalisedReturn(
      World world, TabularRegularizer regularizer, SimpleMatrix policy) {
    SimpleMatrix penalty = regularizer.penalty(world.zeros(), policy, ALPHA);
    SimpleMatrix fixed = world.mdp.pairSolve(policy, world.mdp.reward().minus(penalty));
    return world.mdp.start().dot(world.mdp.mean(fixed, policy));
  }

  private static double improvement(World world, SimpleMatrix policy) {
    return world.mdp.returnOf(policy) - world.mdp.returnOf(world.behaviour);
  }

  private static double required(World world, SimpleMatrix policy) {
    return ALPHA / (1 - DISCOUNT) * world.mdp.visits(policy).dot(world.divergence(policy));
  }

  @ParameterizedTest
  @ValueSource(strings = {"h", "discrete"})
  void softMaximumIsStationaryWhereThePaperSays(String gap) throws IOException {
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      SimpleMatrix q = world.randomValues();
      SimpleMatrix soft = softmax(q, world.mdp);
      try (TabularRegularizer regularizer = world.regularizer(gap)) {
        // Q = BQ - α (softmax Q / β - 1), solved for the backup.
        SimpleMatrix backup = q.plus(world.ratio(soft).minus(1).scale(ALPHA));
        SimpleMatrix slope = regularizer.totalSlope(q, soft, ALPHA, backup);
        assertThat(slope.elementMaxAbs()).as("seed %d", seed).isLessThan(1e-13);
        SimpleMatrix wrong = q.plus(world.ratio(soft).minus(1).scale(1.01 * ALPHA));
        assertThat(regularizer.totalSlope(q, soft, ALPHA, wrong).elementMaxAbs())
            .isGreaterThan(1e-6);
      }
    }
  }

  @Test
  void cqlRhoOverAllActionsHasTheSlopeOfTheSoftMaximum() throws IOException {
    for (long seed = 0; seed < PROCESSES; seed++) {
      World world = World.of(seed);
      SimpleMatrix q = world.randomValues();
      try (TabularRegularizer rho = world.regularizer("rho");
          TabularRegularizer h = world.regularizer("h");
          TabularRegularizer discrete = world.regularizer("discrete")) {
        assertNear(
            discrete.penalty(q, world.behaviour, ALPHA),
            h.penalty(q, world.behaviour, ALPHA),
            1e-12,
            seed);
        assertNear(
            rho.penalty(q, world.behaviour, ALPHA), h.penalty(q, world.behaviour, ALPHA), 1e-12, 0);
        assertNear(
            rho.penalty(q, world.behaviour, 1),
            world.ratio(softmax(q, world.mdp)).minus(1),
            1e-12,
            seed);
      }
    }
  }

  private static SimpleMatrix softmax(SimpleMatrix column, TabularMdp mdp) {
    var policy = new SimpleMatrix(mdp.states(), mdp.actions());
    for (int s = 0; s < mdp.states(); s++) {
      double sum = 0;
      for (int a = 0; a < mdp.actions(); a++) {
        policy.set(s, a, Math.exp(column.get(s * mdp.actions() + a)));
        sum += policy.get(s, a);
      }
      for (int a = 0; a < mdp.actions(); a++) {
        policy.set(s, a, policy.get(s, a) / sum);
      }
    }
    return policy;
  }

  private static void assertNear(
      SimpleMatrix actual, SimpleMatrix expected, double tolerance, long seed) {
    assertThat(actual.minus(expected).elementMaxAbs()).as("seed %d", seed).isLessThan(tolerance);
  }
}
