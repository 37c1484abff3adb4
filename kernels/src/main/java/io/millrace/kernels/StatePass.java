package io.millrace.kernels;

/**
 * One critic's values of some states' actions, and the gradient of its loss: forward and backward,
 * a state at a time, so that a state's activations stay in the cache. What a thread needs for it;
 * used by one thread at a time.
 *
 * <p>Both layers are multiplied as {@link ActivationPattern} says. The first layer's linear units
 * make one linear function of the action, whose image under the second layer is computed once a
 * state; the second layer's linear units make one row of gradients that all actions of the state
 * share. Only deviations are multiplied action by action.
 */
final class StatePass {
  private final int actions;
  private final CriticParameters parameters;
  private final StateForward forward;
  private final StateBackward backward;

  /**
   * For some actions a state.
   *
   * @param states the most of a {@link #run}
   */
  StatePass(CriticShape shape, int actions, int states) {
    this.actions = actions;
    parameters = new CriticParameters(shape, StateForward.commonRows(shape));
    forward = new StateForward(shape, actions, parameters);
    backward = new StateBackward(shape, actions, states, parameters, forward);
  }

  /** Takes over a critic's flat parameters, which begin at {@code from}. */
  void load(float[] critics, int from) {
    parameters.set(critics, from);
  }

  /**
   * Values of the states {@code from} to {@code to - 1}, and their share of the loaded critic's
   * gradient.
   *
   * @param weight of the critic's gap
   * @param q where the values go, {@code [states, actions]}, from {@code qFrom} on for state 0
   */
  void run(
      ConservativeBatch batch,
      float weight,
      int from,
      int to,
      float[] q,
      int qFrom,
      CriticGradient gradient) {
    gradient.clear();
    backward.begin();
    for (int state = from; state < to; state++) {
      if ((state - from) % StateForward.STATES == 0) {
        forward.takeObservations(batch, state, Math.min(StateForward.STATES, to - state));
      }
      forward.run(batch, state, (state - from) % StateForward.STATES);
      System.arraycopy(forward.values, 0, q, qFrom + state * actions, actions);
      ConservativeLoss.differentiate(batch, weight, state, forward.values, backward.ofValues);
      backward.run(gradient, state - from);
    }
    backward.finish(batch, gradient, from, to - from);
  }
}
