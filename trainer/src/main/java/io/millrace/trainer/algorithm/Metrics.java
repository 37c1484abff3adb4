package io.millrace.trainer.algorithm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Figures of one update, by name. Which there are depends on the algorithm; those named here are in
 * every actor-critic.
 *
 * @param update the update that they are of
 * @param values in the algorithm's order; all finite
 */
public record Metrics(long update, Map<String, Double> values) {
  /** Mean over critics of the mean squared TD error. */
  public static final String TD_LOSS = "td_loss";

  /** Mean over critics of CQL's gap, in units of Q. */
  public static final String CONSERVATIVE_GAP = "conservative_gap";

  /** Mean over critics of the gap's weight α. */
  public static final String CONSERVATIVE_WEIGHT = "conservative_weight";

  /** Mean over critics and rows of the value of the logged actions. */
  public static final String Q_DATA = "q_data";

  /** Mean over critics and rows of the value of the policy's actions. */
  public static final String Q_POLICY = "q_policy";

  /** Mean over rows of a state's value, where that has a network of its own. */
  public static final String VALUE = "value";

  /**
   * Those that {@link Learner#limitValues} is about. Values of uniform actions are not: the
   * conservative term may press them down as far as it likes.
   */
  static final Set<String> LIMITED = Set.of(Q_DATA, Q_POLICY, VALUE);

  public static final String POLICY_LOSS = "policy_loss";

  /** Weight of the entropy term. */
  public static final String TEMPERATURE = "temperature";

  /** Entropy of the policy in nats, of the action in [-1, 1]. */
  public static final String ENTROPY = "entropy";

  public Metrics {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** A figure; empty where the algorithm has none of that name. */
  public OptionalDouble value(String name) {
    Double value = values.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
