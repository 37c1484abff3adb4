package io.millrace.kernels;

/**
 * What {@link ConservativeCritics} computes, written down in double precision, action by action and
 * product by product.
 */
final class DenseCritics {
  private final CriticShape shape;
  private final double[] parameters;
  final double[] values;
  final double[] gradient;

  DenseCritics(CriticShape shape, float[] flat, ConservativeBatch batch) {
    this.shape = shape;
    parameters = new double[flat.length];
    for (int i = 0; i < flat.length; i++) {
      parameters[i] = flat[i];
    }
    values = new double[shape.critics() * batch.states() * batch.actionsPerState()];
    gradient = new double[flat.length];
    for (int critic = 0; critic < shape.critics(); critic++) {
      for (int state = 0; state < batch.states(); state++) {
        add(critic, state, batch);
      }
    }
  }

  private void add(int critic, int state, ConservativeBatch batch) {
    int actions = batch.actionsPerState();
    var q = new double[actions];
    for (int i = 0; i < actions; i++) {
      q[i] = value(critic, input(batch, state, i), 0);
      values[(critic * batch.states() + state) * actions + i] = q[i];
    }
    var weights = new double[actions - 1];
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < actions - 1; i++) {
      double counted = floored(batch, state, i, q[i]) ? batch.floors()[state] : q[i];
      double density = batch.logDensities()[state * (actions - 1) + i];
      weights[i] = counted / batch.gapTemperature() - density;
      highest = Math.max(highest, weights[i]);
    }
    double sum = 0;
    for (int i = 0; i < actions - 1; i++) {
      weights[i] = Math.exp(weights[i] - highest);
      sum += weights[i];
    }
    double held = (double) batch.weights()[critic] * batch.factors()[state] / batch.states();
    for (int i = 0; i < actions - 1; i++) {
      if (!floored(batch, state, i, q[i])) {
        value(critic, input(batch, state, i), held * weights[i] / sum);
      }
    }
    double error = q[actions - 1] - batch.targets()[state];
    double slope = 2 * batch.importances()[state] * error / batch.states() - held;
    value(critic, input(batch, state, actions - 1), slope);
  }

  private static boolean floored(ConservativeBatch batch, int state, int action, double value) {
    return action >= batch.firstFloored() && value < batch.floors()[state];
  }

  private double[] input(ConservativeBatch batch, int state, int action) {
    var input = new double[shape.inputSize()];
    for (int i = 0; i < shape.observationSize(); i++) {
      input[i] = batch.observations()[state * shape.observationSize() + i];
    }
    int from = (state * batch.actionsPerState() + action) * shape.actionSize();
    for (int i = 0; i < shape.actionSize(); i++) {
      input[shape.observationSize() + i] = batch.actions()[from + i];
    }
    return input;
  }

  /** The value of an input; adds its gradient times {@code slope}. */
  private double value(int critic, double[] input, double slope) {
    int at = critic * shape.length();
    var hidden1 = layer(at, input, shape.firstSize(), true);
    int second = at + shape.secondWeights();
    var hidden2 = layer(second, hidden1, shape.secondSize(), true);
    int output = at + shape.outputWeights();
    double value = layer(output, hidden2, 1, false)[0];
    if (slope != 0) {
      double[] below = back(output, hidden2, new double[] {slope});
      mask(below, hidden2);
      below = back(second, hidden1, below);
      mask(below, hidden1);
      back(at, input, below);
    }
    return value;
  }

  private double[] layer(int at, double[] x, int units, boolean relu) {
    var y = new double[units];
    for (int unit = 0; unit < units; unit++) {
      y[unit] = parameters[at + units * x.length + unit];
      for (int i = 0; i < x.length; i++) {
        y[unit] += parameters[at + unit * x.length + i] * x[i];
      }
      y[unit] = relu && y[unit] <= 0 ? 0 : y[unit];
    }
    return y;
  }

  private double[] back(int at, double[] x, double[] slopes) {
    var below = new double[x.length];
    for (int unit = 0; unit < slopes.length; unit++) {
      gradient[at + slopes.length * x.length + unit] += slopes[unit];
      for (int i = 0; i < x.length; i++) {
        gradient[at + unit * x.length + i] += slopes[unit] * x[i];
        below[i] += slopes[unit] * parameters[at + unit * x.length + i];
      }
    }
    return below;
  }

  private static void mask(double[] slopes, double[] values) {
    for (int i = 0; i < slopes.length; i++) {
      slopes[i] = values[i] > 0 ? slopes[i] : 0;
    }
  }
}
