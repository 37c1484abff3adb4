package io.millrace.trainer.algorithm;

/**
 * Runs gradient updates of an algorithm on native state: parameters, Adam moments, targets. Update
 * {@code k} depends on the state after {@code k - 1}, its batch, and noise that follows from the
 * seed and {@code k} alone: a state exported after any update and imported elsewhere goes on to the
 * same parameters, bit for bit on the same CPU and thread count.
 *
 * <p>Not thread-safe: one thread at a time.
 */
public interface Learner extends AutoCloseable {

  /**
   * A learner before its first update, with initial parameters drawn from the seed.
   *
   * @param threads of an update on a CPU; libtorch's setting in this process follows the learner
   *     that was made last
   * @throws IllegalStateException if the device is not there
   */
  static Learner create(LearnerSpec spec, int threads) {
    return TorchScriptLearner.create(spec, threads);
  }

  /** What the learner was made from. */
  LearnerSpec spec();

  /** Updates done. */
  long updates();

  /**
   * Runs one update. On a GPU it returns before the update is done.
   *
   * @param update its number, {@code updates() + 1}: the first is 1
   * @param policyHeld whether the policy and its temperature stay as they are
   * @throws IllegalArgumentException if the number is another, or the batch is for other networks
   */
  void update(Batch batch, long update, boolean policyHeld);

  /** Runs one update in which everything learns. */
  default void update(Batch batch, long update) {
    update(batch, update, false);
  }

  /**
   * From the next update on, an update whose mean value of logged or policy's actions ({@link
   * Metrics#Q_DATA}, {@link Metrics#Q_POLICY}, {@link Metrics#VALUE}) is further from 0 than this
   * counts as one with a term that is not finite: values run away long before they overflow.
   *
   * @param limit above 0; infinite, as at the beginning: none
   */
  void limitValues(double limit);

  /**
   * Looks whether all is well; waits for the device.
   *
   * @throws DivergenceException if any update so far had a term that is not finite, or a value
   *     beyond its limit
   */
  void check();

  /**
   * Figures of the last update, and diagnostics of the parameters after it on its batch. Waits for
   * the device, so it is best asked for every so many updates.
   *
   * @throws DivergenceException as {@link #check}
   * @throws IllegalStateException before the first update
   */
  Metrics metrics();

  /**
   * The absolute TD error of each row of the last update's batch with the parameters after it, the
   * mean over critics; waits for the device. Not a number where the update came to none.
   *
   * @throws IllegalStateException before the first update, and for an algorithm without critics
   */
  float[] rowErrors();

  /**
   * A copy of the whole state.
   *
   * @throws DivergenceException as {@link #check}
   */
  LearnerState exportState();

  /**
   * Goes on from a state of a learner of the same algorithm and networks.
   *
   * @throws IllegalArgumentException naming the tensor that is missing, unknown or of another
   *     length
   */
  void importState(LearnerState state);

  /**
   * A copy of the policy.
   *
   * @throws DivergenceException as {@link #check}
   */
  Policy policy();

  @Override
  void close();
}
