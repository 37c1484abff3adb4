package io.millrace.plants;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;

/**
 * The pole that a cart has to keep upright by pushes to the left (action 0) or to the right (action
 * 1): equations, reward, initial states and limits of Gymnasium's {@code CartPole-v1}, after Barto,
 * Sutton & Anderson (1983). Observation: position of the cart in m, its velocity in m/s, angle of
 * the pole in rad (0 is upright), its angular velocity in rad/s. Reward: 1 a step. Terminates where
 * the cart is more than 2.4 m from the middle or the pole more than 12° from upright; truncates
 * after {@value #TIME_LIMIT_STEPS} steps.
 *
 * <p>{@code reset(seed)} gives the initial state that {@code reset(seed=…)} gives in Gymnasium.
 */
public final class CartPole implements Plant {
  /** Steps of an episode at most. */
  public static final int TIME_LIMIT_STEPS = 500;

  private static final double GRAVITY = 9.8;
  private static final double POLE_MASS = .1;
  private static final double TOTAL_MASS = 1 + POLE_MASS;
  private static final double HALF_LENGTH = .5;
  private static final double POLE_MASS_LENGTH = POLE_MASS * HALF_LENGTH;
  private static final double FORCE = 10;
  private static final double STEP_SECONDS = .02;
  private static final double MAX_POSITION = 2.4;
  private static final double MAX_ANGLE = 12 * 2 * Math.PI / 360;
  private static final double MAX_INITIAL = .05;

  private double position;
  private double velocity;
  private double angle;
  private double angularVelocity;
  private int stepsLeft;

  @Override
  public int observationSize() {
    return 4;
  }

  @Override
  public float[] actionLow() {
    return new float[] {0};
  }

  @Override
  public float[] actionHigh() {
    return new float[] {1};
  }

  @Override
  public StreamSpec spec(String stream) {
    return StreamSpec.discrete(stream, observationSize(), 2);
  }

  @Override
  public float[] reset(long seed) {
    var random = new Pcg64(seed);
    var state = new double[4];
    for (int i = 0; i < state.length; i++) {
      state[i] = random.uniform(-MAX_INITIAL, MAX_INITIAL);
    }
    return resetTo(state[0], state[1], state[2], state[3]);
  }

  /**
   * Begins an episode from a given state.
   *
   * @return the first observation
   */
  public float[] resetTo(
      double initialPosition,
      double initialVelocity,
      double initialAngle,
      double initialAngularVelocity) {
    position = initialPosition;
    velocity = initialVelocity;
    angle = initialAngle;
    angularVelocity = initialAngularVelocity;
    stepsLeft = TIME_LIMIT_STEPS;
    return observation();
  }

  @Override
  public Step step(float[] action) {
    if (action.length != 1 || (action[0] != 0 && action[0] != 1)) {
      throw new IllegalArgumentException(
          "action: expected one number, 0 or 1, got " + Arrays.toString(action));
    }
    if (stepsLeft == 0) {
      throw new IllegalStateException("no episode runs: call reset first");
    }
    double force = action[0] == 1 ? FORCE : -FORCE;
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    double push =
        (force + POLE_MASS_LENGTH * (angularVelocity * angularVelocity) * sin) / TOTAL_MASS;
    double angularAcceleration =
        (GRAVITY * sin - cos * push)
            / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos * cos) / TOTAL_MASS));
    double acceleration = push - POLE_MASS_LENGTH * angularAcceleration * cos / TOTAL_MASS;
    // Euler's method: positions move by the velocities from before the step.
    position += STEP_SECONDS * velocity;
    velocity += STEP_SECONDS * acceleration;
    angle += STEP_SECONDS * angularVelocity;
    angularVelocity += STEP_SECONDS * angularAcceleration;
    boolean terminated = Math.abs(position) > MAX_POSITION || Math.abs(angle) > MAX_ANGLE;
    boolean truncated = stepsLeft == 1;
    stepsLeft = terminated ? 0 : stepsLeft - 1;
    return new Step(observation(), 1, terminated, truncated);
  }

  private float[] observation() {
    return new float[] {(float) position, (float) velocity, (float) angle, (float) angularVelocity};
  }
}
