package io.millrace.trainer.algorithm;

/**
 * A learning algorithm and its hyper-parameters. Each is a record whose constructor checks them,
 * and one TorchScript file that states its losses; {@code docs/algorithms} has a page for each.
 */
public sealed interface Algorithm
    permits BehaviourCloning, CalQl, CqlDiscrete, CqlSac, Iql, Sac, Td3Bc {
  /** Name in the configuration and in published snapshots, such as {@code cql-sac}. */
  String name();

  /**
   * Whether a learner can go on from the state of one with another algorithm or other
   * hyper-parameters, where the networks are the same.
   */
  default boolean continues(Algorithm before) {
    return name().equals(before.name());
  }
}
