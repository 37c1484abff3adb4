package io.millrace.plants;

import io.millrace.schemas.StreamSpec;
import java.util.Arrays;

/**
 * The pendulum that is swung up with too little torque: equations, reward, initial states and time
 * limit of Gymnasium's {@code Pendulum-v1}. Observation: cos θ, sin θ, angular velocity in rad/s (θ
 * = 0 is upright). Action: torque in N·m. Reward of a step, from the state <em>before</em> it:
 * {@code -(θ² + 0.1 θ̇² + 0.001 u²)} with θ in [-π, π). Never terminates; truncates after {@value
 * #TIME_LIMIT_STEPS} steps.
 *
 * <p>{@code reset(seed)} gives the initial state that {@code reset(seed=…)} gives in Gymnasium, so
 * that returns over the same seeds can be held beside each other.
 */
public final class Pendulum implements Plant {
  /** Steps of an episode. */
  public static final int TIME_LIMIT_STEPS = 200;

  private static final double GRAVITY = 10;
  private static final double MASS = 1;
  private static final double LENGTH = 1;
  private static final double STEP_SECONDS = .05;
  private static final double MAX_SPEED = 8;
  private static final float MAX_TORQUE = 2;
  private static final double MAX_INITIAL_ANGLE = Math.PI;
  private static final double MAX_INITIAL_SPEED = 1;

  private double angle;
  private double speed;
  private int stepsLeft;

  @Override
  public int observationSize() {
    return 3;
  }

  @Override
  public float[] actionLow() {
    return new float[] {-MAX_TORQUE};
  }

  @Override
  public float[] actionHigh() {
    return new float[] {MAX_TORQUE};
  }

  @Override
  public StreamSpec spec(String stream) {
    return new StreamSpec(stream, observationSize(), actionLow(), actionHigh());
  }

  @Override
  public float[] reset(long seed) {
    var random = new Pcg64(seed);
    double initialAngle = random.uniform(-MAX_INITIAL_ANGLE, MAX_INITIAL_ANGLE);
    return resetTo(initialAngle, random.uniform(-MAX_INITIAL_SPEED, MAX_INITIAL_SPEED));
  }

  /**
   * Begins an episode from a given state.
   *
   * @param initialAngle θ in rad; 0 is upright
   * @param initialSpeed θ̇ in rad/s
   * @return the first observation
   */
  public float[] resetTo(double initialAngle, double initialSpeed) {
    angle = initialAngle;
    speed = initialSpeed;
    stepsLeft = TIME_LIMIT_STEPS;
    return observation();
  }

  @Override
  public Step step(float[] action) {
    if (action.length != 1 || !Float.isFinite(action[0])) {
      throw new IllegalArgumentException(
          "action: expected one finite torque, got " + Arrays.toString(action));
    }
    if (stepsLeft == 0) {
      throw new IllegalStateException("no episode runs: call reset first");
    }
    // What is computed from the torque alone is rounded to float first, as NumPy does with a
    // float32
    // action: the rounding would grow to 1e-4 within an episode.
    float torque = Math.max(-MAX_TORQUE, Math.min(MAX_TORQUE, action[0]));
    float torqueCost = .001f * (torque * torque);
    float torqueAcceleration = (float) (3 / (MASS * LENGTH * LENGTH)) * torque;
    double normalized = normalized(angle);
    double cost = normalized * normalized + .1 * speed * speed + torqueCost;

    double acceleration = 3 * GRAVITY / (2 * LENGTH) * Math.sin(angle) + torqueAcceleration;
    speed = Math.max(-MAX_SPEED, Math.min(MAX_SPEED, speed + acceleration * STEP_SECONDS));
    angle += speed * STEP_SECONDS;
    stepsLeft--;
    return new Step(observation(), (float) -cost, false, stepsLeft == 0);
  }

  private float[] observation() {
    return new float[] {(float) Math.cos(angle), (float) Math.sin(angle), (float) speed};
  }

  /** The same angle in [-π, π). */
  private static double normalized(double angle) {
    double turned = (angle + Math.PI) % (2 * Math.PI);
    return (turned < 0 ? turned + 2 * Math.PI : turned) - Math.PI;
  }
}
