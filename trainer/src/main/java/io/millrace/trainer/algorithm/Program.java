package io.millrace.trainer.algorithm;

import io.millrace.kernels.CriticShape;
import io.millrace.trainer.torchscript.TorchScriptArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An algorithm as libtorch runs it: the TorchScript file of its losses, to whose class {@code
 * learner.py} is appended, and the written-out gradients where there are any; the values of the
 * class's attributes; and the state that its {@code update} method works on.
 *
 * @param file of the class, a resource of this package, in which the class is the last thing
 * @param className the class
 * @param attributes hyper-parameters and sizes, by the names in the class
 * @param state layout and first values; what is published is the group {@link #POLICY}, or without
 *     one the group {@link #CRITICS}, in which the policy is greedy
 * @param handWritten whether gradients are those that are written out, and not autograd's
 * @param kernel what the critics' gradient is computed by, if not by TorchScript
 * @param explorationNoise of a policy that has no standard deviation of its own
 */
record Program(
    String file,
    String className,
    Map<String, Object> attributes,
    StateLayout state,
    boolean handWritten,
    Optional<Kernel> kernel,
    OptionalDouble explorationNoise) {

  /**
   * What {@link KernelUpdate} needs to know.
   *
   * @param shape of the critics
   * @param firstFloored the first of a row's sampled actions whose values count as no lower than
   *     the row's {@link BatchColumn#RETURN_TO_GO}
   * @param gapTemperature of CQL's gap
   */
  record Kernel(CriticShape shape, int firstFloored, double gapTemperature) {}

  static final String CRITICS = "critics";
  static final String POLICY = "policy";
  static final String LOG_TEMPERATURE = "log_temperature";

  /** What the classes share; a function that nobody calls is not compiled. */
  private static final List<String> FRAGMENTS =
      List.of("network", "noise", "backward", "optimizer", "sac", "cql", "bc", "diagnostics");

  /** The program of an algorithm for given networks, with the initial parameters of a seed. */
  static Program of(LearnerSpec spec, Execution execution) {
    Algorithm algorithm = spec.algorithm();
    if (algorithm instanceof CqlSac cqlSac) {
      return CqlSacProgram.of(cqlSac, false, spec, execution);
    } else if (algorithm instanceof CalQl calQl) {
      return CqlSacProgram.of(calQl.cql(), true, spec, execution);
    } else if (algorithm instanceof Sac sac) {
      return SacProgram.of(sac.base(), spec);
    } else if (algorithm instanceof Td3Bc td3Bc) {
      return Td3BcProgram.of(td3Bc, spec);
    } else if (algorithm instanceof Iql iql) {
      return IqlProgram.of(iql, spec);
    } else if (algorithm instanceof CqlDiscrete cqlDiscrete) {
      return CqlDiscreteProgram.of(cqlDiscrete, spec);
    } else if (algorithm instanceof BehaviourCloning cloning) {
      return BehaviourCloningProgram.of(cloning, spec);
    }
    throw new IllegalArgumentException("no program for " + algorithm.name());
  }

  /** With gradients by autograd and a policy that has a standard deviation of its own. */
  static Program byAutograd(
      String file, String className, Map<String, Object> attributes, StateLayout state) {
    return new Program(
        file, className, attributes, state, false, Optional.empty(), OptionalDouble.empty());
  }

  /** The attributes of sizes; a class has those of them that it names. */
  static Map<String, Object> sizes(NetworkSpec networks) {
    var attributes = new HashMap<String, Object>();
    attributes.put("critics", (long) networks.critics());
    attributes.put("critic_sizes", networks.criticLayout().lengths());
    attributes.put("critic_norm", networks.criticNorm());
    attributes.put("value_sizes", networks.valueLayout().lengths());
    attributes.put("policy_sizes", networks.policyLayout().lengths());
    attributes.put("action_size", (long) networks.actionSize());
    attributes.put("discrete_actions", (long) networks.discreteActions());
    return attributes;
  }

  /** The archive, with the matrix products of a platform. */
  TorchScriptArchive archive(Execution execution) {
    var sources = new LinkedHashMap<String, String>();
    sources.put("linear", source(execution.oneDnn() ? "linear_onednn" : "linear_aten"));
    for (String fragment : FRAGMENTS) {
      sources.put(fragment, source(fragment));
    }
    String backward = handWritten ? source(file + "_backward") + "\n" : "";
    sources.put(file, source(file) + "\n" + backward + source("learner"));
    var values = new HashMap<>(attributes);
    values.putAll(state.attributes());
    values.put("policy_group", (long) state.groupNames().indexOf(POLICY));
    values.put("held_groups", state.indexesOf(POLICY, LOG_TEMPERATURE));
    return new TorchScriptArchive(file, className, sources, values);
  }

  /** The text of a TorchScript file of this package. */
  static String source(String name) {
    try (InputStream in = Program.class.getResourceAsStream(name + ".py")) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name + ".py beside " + Program.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource " + name + ".py", e);
    }
  }

  /** The group of parameters that is published. */
  String published() {
    return state.groupNames().contains(POLICY) ? POLICY : CRITICS;
  }

  /** The policy of the flat parameters of {@link #published}. */
  Policy policy(LearnerSpec spec, float[] parameters) {
    return spec.algorithm() instanceof CqlDiscrete discrete
        ? greedy(discrete, spec.networks(), parameters)
        : gaussian(spec.networks(), parameters);
  }

  private static GreedyPolicy greedy(
      CqlDiscrete algorithm, NetworkSpec networks, float[] parameters) {
    MlpLayout layout = networks.criticLayout();
    var critics = new ArrayList<GreedyPolicy.ValueNetwork>();
    for (int i = 0; i < networks.critics(); i++) {
      int from = i * layout.length();
      critics.add(
          new GreedyPolicy.ValueNetwork(
              layout.layersOf(parameters, from), layout.normsOf(parameters, from)));
    }
    return new GreedyPolicy(
        networks.observationSize(),
        networks.discreteActions(),
        critics,
        algorithm.explorationEpsilon());
  }

  /** A policy that has no standard deviation of its own as a Gaussian too. */
  private PolicyNetwork gaussian(NetworkSpec networks, float[] parameters) {
    MlpLayout layout =
        explorationNoise.isPresent()
            ? networks.deterministicPolicyLayout()
            : networks.policyLayout();
    var policy =
        new PolicyNetwork(
            networks.observationSize(), networks.actionSize(), layout.layersOf(parameters, 0));
    return explorationNoise.isPresent()
        ? policy.withLogStd(Math.log(explorationNoise.getAsDouble()))
        : policy;
  }
}
