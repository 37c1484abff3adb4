package io.millrace.trainer.algorithm;

import org.ejml.simple.SimpleMatrix;

/**
 * The policy of the highest {@code J(π) - α / (1 - γ) E[D(π)]}, which is that of the process whose
 * reward in a state is {@code Σ π r - α (Σ π² / β - 1)}: by value iteration, whose step has the
 * closed form {@code π(a) = max(0, β(a) (q(a) - λ) / 2α)} with the λ at which it sums to 1.
 */
final class PenalisedOptimum {
  private PenalisedOptimum() {}

  static SimpleMatrix of(TabularMdp mdp, SimpleMatrix behaviour, double alpha) {
    var value = new SimpleMatrix(mdp.states(), 1);
    var policy = new SimpleMatrix(mdp.states(), mdp.actions());
    double change;
    int rounds = 0;
    do {
      SimpleMatrix q = mdp.reward().plus(mdp.transition().mult(value).scale(mdp.discount()));
      var next = new SimpleMatrix(mdp.states(), 1);
      for (int s = 0; s < mdp.states(); s++) {
        best(q, behaviour, alpha, s, policy);
        double total = alpha;
        for (int a = 0; a < mdp.actions(); a++) {
          double p = policy.get(s, a);
          total += p * q.get(s * mdp.actions() + a) - alpha * p * p / behaviour.get(s, a);
        }
        next.set(s, total);
      }
      change = next.minus(value).elementMaxAbs();
      value = next;
      rounds++;
    } while (change > 1e-14 && rounds < 2_000);
    return policy;
  }

  private static void best(
      SimpleMatrix q, SimpleMatrix behaviour, double alpha, int state, SimpleMatrix policy) {
    int actions = policy.getNumCols();
    double high = Double.NEGATIVE_INFINITY;
    for (int a = 0; a < actions; a++) {
      high = Math.max(high, q.get(state * actions + a));
    }
    // With λ at the highest value the sum is 0, with 2α / min β below it 1 or more.
    double low = high;
    for (int a = 0; a < actions; a++) {
      low = Math.min(low, high - 2 * alpha / behaviour.get(state, a));
    }
    for (int i = 0; i < 200; i++) {
      double middle = (low + high) / 2;
      if (fill(q, behaviour, alpha, state, middle, policy) >= 1) {
        low = middle;
      } else {
        high = middle;
      }
    }
    double sum = fill(q, behaviour, alpha, state, low, policy);
    for (int a = 0; a < actions; a++) {
      policy.set(state, a, policy.get(state, a) / sum);
    }
  }

  /** Writes a state's probabilities for a λ; their sum. */
  private static double fill(
      SimpleMatrix q,
      SimpleMatrix behaviour,
      double alpha,
      int state,
      double lambda,
      SimpleMatrix policy) {
    double sum = 0;
    for (int a = 0; a < policy.getNumCols(); a++) {
      double above = q.get(state * policy.getNumCols() + a) - lambda;
      double probability = Math.max(0, behaviour.get(state, a) * above / (2 * alpha));
      policy.set(state, a, probability);
      sum += probability;
    }
    return sum;
  }
}
