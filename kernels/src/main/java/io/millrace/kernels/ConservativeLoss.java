package io.millrace.kernels;

/** The critics' loss of CQL(H), from the values of a state's actions. */
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
    double highest = Double.NEGATIVE_INFINITY;
    for (int action = 0; action < logged; action++) {
      values[action] =
          values[action] / batch.gapTemperature() - batch.logDensities()[densities + action];
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
      gradient[action] = values[action] * scale;
    }
  }
}
