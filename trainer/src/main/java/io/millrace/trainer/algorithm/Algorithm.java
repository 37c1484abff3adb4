package io.millrace.trainer.algorithm;

import java.util.Map;

/**
 * A learning algorithm and its hyper-parameters. Each is a record whose constructor checks them,
 * and one TorchScript file that states its losses.
 */
public sealed interface Algorithm permits CqlSac {
  /** Name in the configuration and in published snapshots, such as {@code cql-sac}. */
  String name();

  /** The hyper-parameters as text, by name; for snapshots and logs. */
  Map<String, String> hyperParameters();
}
