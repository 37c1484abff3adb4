package io.millrace.trainer.algorithm;

import java.util.Random;
import org.ejml.simple.SimpleMatrix;

/**
 * A Markov decision process with few states and actions, and its exact algebra. A policy is a
 * matrix {@code [states, actions]} whose rows sum to 1; what is given for each state and action is
 * a column, action by action, state by state.
 *
 * @param transition probability of each next state, {@code [states · actions, states]}
 * @param reward {@code [states · actions, 1]}
 * @param start probability of each first state, {@code [states, 1]}
 */
record TabularMdp(
    int states,
    int actions,
    double discount,
    SimpleMatrix transition,
    SimpleMatrix reward,
    SimpleMatrix start) {

  static TabularMdp random(int states, int actions, double discount, Random random) {
    SimpleMatrix reward = new SimpleMatrix(states * actions, 1);
    for (int i = 0; i < states * actions; i++) {
      reward.set(i, random.nextDouble());
    }
    return new TabularMdp(
        states,
        actions,
        discount,
        distributions(states * actions, states, 1.5, random),
        reward,
        distributions(1, states, 1, random).transpose());
  }

  SimpleMatrix randomPolicy(double spread, Random random) {
    return distributions(states, actions, spread, random);
  }

  /** Rows that are softmaxes of normals with a standard deviation of {@code spread}. */
  private static SimpleMatrix distributions(int rows, int columns, double spread, Random random) {
    var weights = new SimpleMatrix(rows, columns);
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int j = 0; j < columns; j++) {
        weights.set(i, j, Math.exp(spread * random.nextGaussian()));
        sum += weights.get(i, j);
      }
      for (int j = 0; j < columns; j++) {
        weights.set(i, j, weights.get(i, j) / sum);
      }
    }
    return weights;
  }

  TabularMdp withTransition(SimpleMatrix other) {
    return new TabularMdp(states, actions, discount, other, reward, start);
  }

  /** A matrix {@code [states, actions]} as a column. */
  SimpleMatrix column(SimpleMatrix matrix) {
    var column = new SimpleMatrix(states * actions, 1);
    for (int s = 0; s < states; s++) {
      for (int a = 0; a < actions; a++) {
        column.set(s * actions + a, matrix.get(s, a));
      }
    }
    return column;
  }

  /** The mean over the actions of a policy, {@code [states, 1]}. */
  SimpleMatrix mean(SimpleMatrix column, SimpleMatrix policy) {
    var mean = new SimpleMatrix(states, 1);
    for (int s = 0; s < states; s++) {
      for (int a = 0; a < actions; a++) {
        mean.set(s, mean.get(s) + policy.get(s, a) * column.get(s * actions + a));
      }
    }
    return mean;
  }

  /** From state and action to the next ones, {@code [states · actions, states · actions]}. */
  private SimpleMatrix pairTransition(SimpleMatrix policy) {
    var next = new SimpleMatrix(states * actions, states * actions);
    for (int i = 0; i < states * actions; i++) {
      for (int j = 0; j < states * actions; j++) {
        next.set(i, j, transition.get(i, j / actions) * policy.get(j / actions, j % actions));
      }
    }
    return next;
  }

  /** From state to state, {@code [states, states]}. */
  private SimpleMatrix stateTransition(SimpleMatrix policy) {
    var next = new SimpleMatrix(states, states);
    for (int i = 0; i < states; i++) {
      for (int j = 0; j < states; j++) {
        for (int a = 0; a < actions; a++) {
          next.set(i, j, next.get(i, j) + policy.get(i, a) * transition.get(i * actions + a, j));
        }
      }
    }
    return next;
  }

  /** The Bellman operator of a policy. */
  SimpleMatrix backup(SimpleMatrix q, SimpleMatrix policy) {
    return reward.plus(transition.mult(mean(q, policy)).scale(discount));
  }

  /** {@code (I - γ P)⁻¹ column} over states and actions. */
  SimpleMatrix pairSolve(SimpleMatrix policy, SimpleMatrix column) {
    SimpleMatrix identity = SimpleMatrix.identity(states * actions);
    return identity.minus(pairTransition(policy).scale(discount)).solve(column);
  }

  /** {@code (I - γ P)⁻¹ column} over states. */
  SimpleMatrix stateSolve(SimpleMatrix policy, SimpleMatrix column) {
    SimpleMatrix identity = SimpleMatrix.identity(states);
    return identity.minus(stateTransition(policy).scale(discount)).solve(column);
  }

  SimpleMatrix q(SimpleMatrix policy) {
    return pairSolve(policy, reward);
  }

  SimpleMatrix value(SimpleMatrix policy) {
    return stateSolve(policy, mean(reward, policy));
  }

  /** Expected return from the first state. */
  double returnOf(SimpleMatrix policy) {
    return start.dot(value(policy));
  }

  /** How often each state is visited, discounted, as probabilities {@code [states, 1]}. */
  SimpleMatrix visits(SimpleMatrix policy) {
    SimpleMatrix transposed = stateTransition(policy).scale(discount).transpose();
    return SimpleMatrix.identity(states).minus(transposed).solve(start).scale(1 - discount);
  }
}
