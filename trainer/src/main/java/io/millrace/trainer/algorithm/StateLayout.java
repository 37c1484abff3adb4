package io.millrace.trainer.algorithm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flat tensors of a learner's state, in the order that the algorithm's {@code update} takes
 * them: the parameter groups, their first Adam moments, their second ones, the target copies.
 */
final class StateLayout {
  private final Map<String, float[]> parameters = new LinkedHashMap<>();
  private final List<String> targets = new ArrayList<>();

  /** Adds a group of parameters with its values before the first update. */
  StateLayout parameters(String name, float[] initial) {
    parameters.put(name, initial);
    return this;
  }

  /** Adds a target copy of a group. */
  StateLayout targetOf(String name) {
    if (!parameters.containsKey(name)) {
      throw new IllegalArgumentException("no parameters '" + name + "'");
    }
    targets.add(name);
    return this;
  }

  /** The state before the first update. */
  LearnerState initial() {
    var tensors = new ArrayList<LearnerState.NamedTensor>();
    parameters.forEach((name, values) -> add(tensors, name, values));
    parameters.forEach((name, values) -> add(tensors, name + ".first", new float[values.length]));
    parameters.forEach((name, values) -> add(tensors, name + ".second", new float[values.length]));
    targets.forEach(name -> add(tensors, name + ".target", parameters.get(name).clone()));
    return new LearnerState(0, tensors);
  }

  private static void add(List<LearnerState.NamedTensor> tensors, String name, float[] values) {
    tensors.add(new LearnerState.NamedTensor(name, values));
  }
}
