package io.millrace.kernels;

/**
 * The critics' loss of CQL(H) and, with floors, of Cal-QL, from the values of a state's actions.
 * With log densities of 0 its gradient is that of CQL(rho), too, whose weights of the values are
 * held.
 */
final class ConservativeLoss {
  private ConservativeLoss() {}

  /**
   * Its gradient in the values: of {@code importance (Q(s, a) - y)² / B} and of {@code weight
   * factor gap / B}.
   *
   * @param values of the state's actions, the logged one last; overwritten
   * @param gradient where it goes
   */
  static void differentiate(
      ConservativeBatch batch, float weight, int state, float[] values, float[] gradient) {
    int logged = values.length - 1;
    int densities = state * logged;
    float held = weight / batch.states() * batch.factors()[state];
    float error = values[logged] - batch.targets()[state];
    gradient[logged] = 2f / batch.states() * batch.importances()[state] * error - held;
    float floor = batch.floors()[state];
    double highest = Double.NEGATIVE_INFINITY;
    for (int action = 0; action < logged; action++) {
      float value = values[action];
      // The slope of the larger of two; where they are alike each counts for a half.
      gradient[action] = 1;
      if (action >= batch.firstFloored()) {
        gradient[action] = value < floor ? 0 : value == floor ? 0.5f : 1;
        value = Math.max(value, floor);
      }
      values[action] = value / batch.gapTemperature() - batch.logDensities()[densities + action];
      highest = Math.max(highest, values[action]);
    }
    double sum = 0;
    for (int action = 0; action < logged; action++) {
      // StrictMath, since the bits must be the same before and after the JVM has compiled this.
      double share = StrictMath.exp(values[action] - highest);
      sum += share;
      values[action] = (float) share;
    }
    float scale = (float) (held / sum);
    for (int action = 0; action < logged; action++) {
      gradient[action] *= values[action] * scale;
    }
  }
}
