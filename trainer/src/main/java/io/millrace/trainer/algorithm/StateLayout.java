package io.millrace.trainer.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The flat tensors of a learner's state, in the order that {@code learner.py} takes them: the
 * parameter groups, their first Adam moments, their second ones, the target copies; and how fast
 * each moves.
 */
final class StateLayout {
  private final List<Group> groups = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Group(String name, float[] initial, double learningRate, long interval) {}

  private record Target(int group, double rate, long interval) {}

  /** Adds a group of parameters with its values before the first update, and Adam's step. */
  StateLayout parameters(String name, float[] initial, double learningRate) {
    return parameters(name, initial, learningRate, 1);
  }

  /** Adds a group that learns in every {@code interval}-th update. */
  StateLayout parameters(String name, float[] initial, double learningRate, long interval) {
    groups.add(new Group(name, initial, learningRate, interval));
    return this;
  }

  /** Adds a group that stays as it is. */
  StateLayout constant(String name, float[] values) {
    return parameters(name, values, 0);
  }

  /** Adds a target copy of a group, which moves towards it by {@code rate}. */
  StateLayout targetOf(String name, double rate) {
    return targetOf(name, rate, 1);
  }

  /** Adds a target copy that moves in every {@code interval}-th update. */
  StateLayout targetOf(String name, double rate, long interval) {
    int group = groupNames().indexOf(name);
    if (group < 0) {
      throw new IllegalArgumentException("no parameters '" + name + "'");
    }
    targets.add(new Target(group, rate, interval));
    return this;
  }

  List<String> groupNames() {
    return groups.stream().map(Group::name).toList();
  }

  /** Where the groups of these names are, of those that there are. */
  long[] indexesOf(String... names) {
    List<String> all = groupNames();
    return Arrays.stream(names).mapToLong(all::indexOf).filter(index -> index >= 0).toArray();
  }

  /** The attributes of {@code learner.py}. */
  Map<String, Object> attributes() {
    return Map.of(
        "learning_rates", groups.stream().mapToDouble(Group::learningRate).toArray(),
        "intervals", groups.stream().mapToLong(Group::interval).toArray(),
        "target_groups", targets.stream().mapToLong(Target::group).toArray(),
        "target_rates", targets.stream().mapToDouble(Target::rate).toArray(),
        "target_intervals", targets.stream().mapToLong(Target::interval).toArray());
  }

  /** The state before the first update. */
  LearnerState initial() {
    var tensors = new ArrayList<LearnerState.NamedTensor>();
    groups.forEach(group -> add(tensors, group.name, group.initial));
    groups.forEach(group -> add(tensors, group.name + ".first", new float[group.initial.length]));
    groups.forEach(group -> add(tensors, group.name + ".second", new float[group.initial.length]));
    for (Target target : targets) {
      Group group = groups.get(target.group);
      add(tensors, group.name + ".target", group.initial.clone());
    }
    return new LearnerState(0, tensors);
  }

  private static void add(List<LearnerState.NamedTensor> tensors, String name, float[] values) {
    tensors.add(new LearnerState.NamedTensor(name, values));
  }
}
