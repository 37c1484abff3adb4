package io.millrace.trainer.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;

/**
 * Theorem 3.6 of the CQL paper by sampling: data sets are drawn from a process, the penalised
 * optimum is taken in the process that each of them shows, and compared with the data's policy in
 * the real one.
 *
 * <p>The bound on the sampling error is derived here and is not the paper's expression. With {@code
 * ‖T̂ - T‖₁ ≤ C / √n(s, a)} for all of them at once with probability {@code 1 - δ}, {@code C = √(2
 * (S log 2 + log(S A / δ)))} (Weissman et al. 2003), rewards that are known and at most R, the loss
 * of either policy π by the difference of the processes is at most {@code γ R C / (1 - γ)² ·
 * E_d̂[Σ_a π / √n(s, a)]}.
 */
class CqlSafetyTest {
  private static final double DISCOUNT = 0.8;
  private static final double ALPHA = 0.02;
  private static final double DELTA = 0.1;
  private static final int DATA_SETS = 200;

  /** Counts of {@code [states · actions, states]}, each state and action at least once. */
  private static SimpleMatrix draw(
      TabularMdp mdp, SimpleMatrix behaviour, int rows, Random random) {
    var counts = new SimpleMatrix(mdp.states() * mdp.actions(), mdp.states());
    for (int row = 0; row < rows; row++) {
      int pairs = mdp.states() * mdp.actions();
      int state = row < pairs ? row / mdp.actions() : random.nextInt(mdp.states());
      int action = row < pairs ? row % mdp.actions() : choice(behaviour, state, random);
      int pair = state * mdp.actions() + action;
      int next = choice(mdp.transition(), pair, random);
      counts.set(pair, next, counts.get(pair, next) + 1);
    }
    return counts;
  }

  private static int choice(SimpleMatrix probabilities, int row, Random random) {
    double left = random.nextDouble();
    int last = probabilities.getNumCols() - 1;
    for (int i = 0; i < last; i++) {
      left -= probabilities.get(row, i);
      if (left < 0) {
        return i;
      }
    }
    return last;
  }

  private static SimpleMatrix sums(SimpleMatrix counts) {
    var sums = new SimpleMatrix(counts.getNumRows(), 1);
    for (int i = 0; i < counts.getNumRows(); i++) {
      sums.set(i, counts.rows(i, i + 1).elementSum());
    }
    return sums;
  }

  private static SimpleMatrix rowsOverSums(SimpleMatrix counts) {
    SimpleMatrix sums = sums(counts);
    SimpleMatrix normal = counts.copy();
    for (int i = 0; i < counts.getNumRows(); i++) {
      for (int j = 0; j < counts.getNumCols(); j++) {
        normal.set(i, j, counts.get(i, j) / sums.get(i));
      }
    }
    return normal;
  }

  private static SimpleMatrix table(SimpleMatrix column, TabularMdp mdp) {
    var table = new SimpleMatrix(mdp.states(), mdp.actions());
    for (int i = 0; i < column.getNumElements(); i++) {
      table.set(i / mdp.actions(), i % mdp.actions(), column.get(i));
    }
    return table;
  }

  /** How far a policy's return in the seen process may be from that in the real one. */
  private static double samplingError(TabularMdp seen, SimpleMatrix policy, SimpleMatrix counts) {
    int pairs = seen.states() * seen.actions();
    double constant = Math.sqrt(2 * (seen.states() * Math.log(2) + Math.log(pairs / DELTA)));
    SimpleMatrix visits = seen.visits(policy);
    double expectation = 0;
    for (int i = 0; i < pairs; i++) {
      int state = i / seen.actions();
      expectation +=
          visits.get(state)
              * policy.get(state, i % seen.actions())
              * Math.min(2, constant / Math.sqrt(counts.get(i)));
    }
    double horizon = 1 / (1 - DISCOUNT);
    return DISCOUNT * seen.reward().elementMax() * horizon * horizon * expectation;
  }

  @Test
  void theorem36WhatDataShowIsSafeButForTheSamplingErrorAndTheRest() {
    var random = new Random(1);
    int failures = 0;
    int failuresWithoutSamplingError = 0;
    int worseThanNothing = 0;
    for (int i = 0; i < DATA_SETS; i++) {
      TabularMdp real = TabularMdp.random(3, 3, DISCOUNT, random);
      SimpleMatrix logging = real.randomPolicy(0.8, random);
      SimpleMatrix data = draw(real, logging, i % 2 == 0 ? 12 : 100_000, random);
      SimpleMatrix counts = sums(data);
      TabularMdp seen = real.withTransition(rowsOverSums(data));
      SimpleMatrix behaviour = rowsOverSums(table(counts, real));
      SimpleMatrix best = PenalisedOptimum.of(seen, behaviour, ALPHA);

      SimpleMatrix ratio = real.column(best).elementDiv(real.column(behaviour));
      double divergence = seen.visits(best).dot(seen.mean(ratio.minus(1), best));
      double promised = ALPHA / (1 - DISCOUNT) * divergence;
      double error = samplingError(seen, best, counts) + samplingError(seen, behaviour, counts);
      double improvement = real.returnOf(best) - real.returnOf(behaviour);
      failures += improvement < promised - error ? 1 : 0;
      failuresWithoutSamplingError += improvement < promised ? 1 : 0;
      worseThanNothing += error >= real.reward().elementMax() / (1 - DISCOUNT) ? 1 : 0;
    }
    assertThat(failures).isLessThanOrEqualTo((int) (DELTA * DATA_SETS));
    // Beside it: what is promised in the seen process is not kept in the real one.
    assertThat(failuresWithoutSamplingError).isPositive();
    assertThat(worseThanNothing)
        .as("data sets with a bound that says nothing")
        .isLessThan(DATA_SETS);
  }
}
