package io.millrace.trainer;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.OptionType;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.trainer.algorithm.ActionPrior;
import io.millrace.trainer.algorithm.Regularizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which algorithm learns, and its hyper-parameters; each algorithm has some of the options. */
public final class AlgorithmOptions {
  /** What is run on the rows. */
  public enum AlgorithmName {
    /** Conservative Q-learning on soft actor-critic. */
    CQL_SAC,
    /** Conservative Q-learning over discrete actions. */
    CQL_DISCRETE,
    /** Calibrated Q-learning. */
    CAL_QL,
    /** Soft actor-critic without more. */
    SAC,
    /** Implicit Q-learning. */
    IQL,
    /** TD3 with behaviour cloning. */
    TD3_BC,
    /** Behaviour cloning. */
    BC
  }

  /** How the weight of the conservative term is set. */
  public enum ConservativeMode {
    FIXED,
    LAGRANGE
  }

  public static final Option<AlgorithmName> ALGORITHM =
      Option.of("trainer.algorithm", OptionType.oneOf(AlgorithmName.class))
          .withDefault(AlgorithmName.CQL_SAC)
          .describedAs(
              "What is run on the rows. To set an option that the chosen algorithm does not have"
                  + " is a mistake.");
  public static final Option<Double> POLICY_LEARNING_RATE =
      positive("trainer.policy-learning-rate")
          .withDefault(1e-4)
          .describedAs(
              "Adam's step for the policy and its temperature. Default with sac, iql, td3-bc and"
                  + " bc: 0.0003. All algorithms but cql-discrete.");

  // All but bc.
  public static final Option<Double> DISCOUNT =
      Option.of("trainer.discount", OptionType.NUMBER)
          .require(discount -> discount >= 0 && discount < 1, "0 to below 1")
          .withDefault(0.99)
          .describedAs("What a reward one step later is worth. All algorithms but bc.");
  public static final Option<Double> POLYAK =
      Option.of("trainer.polyak", OptionType.NUMBER)
          .require(rate -> rate > 0 && rate <= 1, "above 0, to 1")
          .withDefault(0.005)
          .describedAs(
              "How far the target critics move to the critics in an update. All algorithms but"
                  + " bc.");
  public static final Option<Double> CRITIC_LEARNING_RATE =
      positive("trainer.critic-learning-rate")
          .withDefault(3e-4)
          .describedAs("Adam's step for the critics. All algorithms but bc.");
  public static final Option<Integer> CRITICS =
      Option.of("trainer.critics", OptionType.INTEGER)
          .require(critics -> critics >= 1 && critics <= 32, "1 to 32")
          .withDefault(2)
          .describedAs("How many critics estimate each value. All algorithms but bc.");
  public static final Option<Boolean> CRITIC_LAYER_NORM =
      Option.of("trainer.critic-layer-norm", OptionType.FLAG)
          .withDefault(false)
          .describedAs(
              "Whether the critics have a LayerNorm before each ReLU. All algorithms but bc.");

  // sac, cql-sac and cal-ql.
  public static final Option<Integer> TARGET_CRITICS =
      Option.of("trainer.target-critics", OptionType.INTEGER)
          .require(critics -> critics >= 0 && critics <= 32, "0 to 32")
          .withDefault(0)
          .describedAs(
              "How many critics, drawn anew for each update, the target takes the lowest of; the"
                  + " policy then follows the mean of all. 0: all, and the policy follows the"
                  + " lowest. sac, cql-sac, cal-ql.");
  public static final Option<Double> INITIAL_TEMPERATURE =
      positive("trainer.initial-temperature")
          .withDefault(1.0)
          .describedAs("Weight of the policy's entropy at the first update. sac, cql-sac, cal-ql.");
  public static final Option<Boolean> TUNE_TEMPERATURE =
      Option.of("trainer.tune-temperature", OptionType.FLAG)
          .withDefault(true)
          .describedAs(
              "Whether the weight of the entropy moves so that the entropy meets its target. sac,"
                  + " cql-sac, cal-ql.");
  public static final Option<Double> TARGET_ENTROPY =
      Option.of("trainer.target-entropy-per-dimension", OptionType.NUMBER)
          .withDefault(-1.0)
          .describedAs(
              "The entropy to meet, in nats for each action dimension of the action in [-1, 1]."
                  + " sac, cql-sac, cal-ql.");
  public static final Option<Boolean> BACKUP_ENTROPY =
      Option.of("trainer.backup-entropy", OptionType.FLAG)
          .withDefault(false)
          .describedAs(
              "Whether the entropy of the policy counts in the critics' target. Default with sac:"
                  + " true. sac, cql-sac, cal-ql.");

  // cql-sac, cal-ql and, where they are not about samples of a policy, cql-discrete.
  public static final Option<ConservativeMode> CONSERVATIVE_MODE =
      Option.of("trainer.conservative-mode", OptionType.oneOf(ConservativeMode.class))
          .withDefault(ConservativeMode.FIXED)
          .describedAs(
              "fixed: the conservative term has the weight given; lagrange: its weight grows while"
                  + " the gap is above the threshold and shrinks below. cql-sac, cal-ql,"
                  + " cql-discrete.");
  public static final Option<Double> CONSERVATIVE_WEIGHT =
      Option.of("trainer.conservative-weight", OptionType.NUMBER)
          .require(weight -> weight >= 0 && weight <= 1e6, "0 to 1000000")
          .withDefault(5.0)
          .describedAs(
              "With fixed: the weight of the conservative gap beside the mean squared TD error"
                  + " (without ½, so 5 is 2.5 in the paper's equation 4). cql-sac, cal-ql,"
                  + " cql-discrete.");
  public static final Option<Double> LAGRANGE_THRESHOLD =
      Option.of("trainer.lagrange-threshold", OptionType.NUMBER)
          .withDefault(5.0)
          .describedAs(
              "With lagrange: the conservative gap, in units of Q, that is let be. cql-sac,"
                  + " cal-ql, cql-discrete.");
  public static final Option<Integer> SAMPLED_ACTIONS =
      Option.of("trainer.sampled-actions", OptionType.INTEGER)
          .require(actions -> actions >= 1 && actions <= 1000, "1 to 1000")
          .withDefault(10)
          .describedAs(
              "Actions a state from each of three sources (uniform, policy here, policy at the next"
                  + " state) that the conservative term looks at; with regularizer rho or var,"
                  + " actions of the prior. cql-sac, cal-ql.");
  public static final Option<Double> GAP_TEMPERATURE =
      positive("trainer.gap-temperature")
          .withDefault(1.0)
          .describedAs(
              "Temperature of the conservative gap; it divides Q only. cql-sac, cal-ql,"
                  + " cql-discrete.");
  public static final Option<Long> BEHAVIOUR_CLONING_UPDATES =
      Option.of("trainer.behaviour-cloning-updates", OptionType.LONG)
          .require(updates -> updates >= 0, "0 or more")
          .withDefault(0L)
          .describedAs(
              "First updates in which the policy follows the logged actions instead of the"
                  + " critics. cql-sac, cal-ql.");
  public static final Option<Boolean> MAX_TARGET_BACKUP =
      Option.of("trainer.max-target-backup", OptionType.FLAG)
          .withDefault(false)
          .describedAs(
              "Whether the critics' target is from the best of trainer.sampled-actions actions of"
                  + " the policy, and not from one. cql-sac, cal-ql.");

  // cql-sac.
  public static final Option<Regularizer> REGULARIZER =
      Option.of("trainer.regularizer", OptionType.oneOf(Regularizer.class))
          .withDefault(Regularizer.H)
          .describedAs(
              "What the conservative term lowers: h, the soft maximum over all actions; rho, the"
                  + " actions of a prior, weighted by the softmax of their values; var, their mean"
                  + " and spread. cql-sac.");
  public static final Option<ActionPrior> ACTION_PRIOR =
      Option.of("trainer.action-prior", OptionType.oneOf(ActionPrior.class))
          .withDefault(ActionPrior.POLICY)
          .describedAs(
              "With regularizer rho or var: actions of a copy of the policy that lags behind by"
                  + " trainer.polyak, or uniform ones. cql-sac.");

  // cql-discrete.
  public static final Option<Double> EXPLORATION_EPSILON =
      Option.of("trainer.exploration-epsilon", OptionType.NUMBER)
          .require(epsilon -> epsilon >= 0 && epsilon <= 1, "0 to 1")
          .withDefault(0.05)
          .describedAs(
              "In what share of its steps a service that explores takes one of all actions, and"
                  + " not the one of the highest value; part of the published policy."
                  + " cql-discrete.");

  // td3-bc.
  public static final Option<Double> BEHAVIOUR_WEIGHT =
      Option.of("trainer.td3-alpha", OptionType.NUMBER)
          .require(alpha -> alpha >= 0 && alpha <= 1e6, "0 to 1000000")
          .withDefault(2.5)
          .describedAs(
              "How much the value, divided by its mean size, counts beside the squared distance to"
                  + " the logged action. td3-bc.");
  public static final Option<Double> TARGET_NOISE =
      Option.of("trainer.target-noise", OptionType.NUMBER)
          .require(noise -> noise >= 0 && noise <= 2, "0 to 2")
          .withDefault(0.2)
          .describedAs(
              "Standard deviation of the noise on the target policy's action in [-1, 1]. td3-bc.");
  public static final Option<Double> TARGET_NOISE_CLIP =
      Option.of("trainer.target-noise-clip", OptionType.NUMBER)
          .require(clip -> clip >= 0 && clip <= 2, "0 to 2")
          .withDefault(0.5)
          .describedAs("Bound of that noise. td3-bc.");
  public static final Option<Integer> POLICY_INTERVAL =
      Option.of("trainer.policy-interval-updates", OptionType.INTEGER)
          .require(updates -> updates >= 1 && updates <= 1_000_000, "1 to 1000000")
          .withDefault(2)
          .describedAs("Every how many updates the policy and the targets move. td3-bc.");
  public static final Option<Double> EXPLORATION_NOISE =
      Option.of("trainer.exploration-noise", OptionType.NUMBER)
          .require(noise -> noise >= 1e-8 && noise <= 7, "0.00000001 to 7")
          .withDefault(0.1)
          .describedAs(
              "Standard deviation, before the tanh, that the published policy has for a service"
                  + " that explores. td3-bc.");

  // iql.
  public static final Option<Double> EXPECTILE =
      Option.of("trainer.expectile", OptionType.NUMBER)
          .require(expectile -> expectile >= 1e-9 && expectile <= 1 - 1e-9, "above 0, below 1")
          .withDefault(0.7)
          .describedAs(
              "Expectile of a state's value over its logged actions: 0.5 is the mean, towards 1 the"
                  + " best. iql.");
  public static final Option<Double> INVERSE_TEMPERATURE =
      Option.of("trainer.inverse-temperature", OptionType.NUMBER)
          .require(beta -> beta >= 0 && beta <= 1e6, "0 to 1000000")
          .withDefault(3.0)
          .describedAs(
              "How sharply the policy prefers logged actions that are better than most. iql.");
  public static final Option<Double> ADVANTAGE_CLIP =
      positive("trainer.advantage-clip")
          .withDefault(100.0)
          .describedAs("The highest weight of a logged action in the policy's loss. iql.");

  private static final List<Option<?>> OF_POLICIES = List.of(ALGORITHM, POLICY_LEARNING_RATE);
  private static final List<Option<?>> OF_CRITICS =
      List.of(DISCOUNT, POLYAK, CRITIC_LEARNING_RATE, CRITICS, CRITIC_LAYER_NORM);
  private static final List<Option<?>> OF_SOFT_CRITICS =
      List.of(
          TARGET_CRITICS, INITIAL_TEMPERATURE, TUNE_TEMPERATURE, TARGET_ENTROPY, BACKUP_ENTROPY);
  private static final List<Option<?>> OF_GAPS =
      List.of(CONSERVATIVE_MODE, CONSERVATIVE_WEIGHT, LAGRANGE_THRESHOLD, GAP_TEMPERATURE);
  private static final List<Option<?>> OF_SAMPLED_GAPS =
      List.of(SAMPLED_ACTIONS, BEHAVIOUR_CLONING_UPDATES, MAX_TARGET_BACKUP);
  private static final List<Option<?>> OF_REGULARIZERS = List.of(REGULARIZER, ACTION_PRIOR);
  private static final List<Option<?>> OF_GREEDY = List.of(EXPLORATION_EPSILON);
  private static final List<Option<?>> OF_TD3_BC =
      List.of(
          BEHAVIOUR_WEIGHT, TARGET_NOISE, TARGET_NOISE_CLIP, POLICY_INTERVAL, EXPLORATION_NOISE);
  private static final List<Option<?>> OF_IQL =
      List.of(EXPECTILE, INVERSE_TEMPERATURE, ADVANTAGE_CLIP);

  /** The options of all algorithms. */
  static final List<Option<?>> ALL =
      joined(
          Stream.of(
              OF_POLICIES,
              OF_CRITICS,
              OF_SOFT_CRITICS,
              OF_GAPS,
              OF_SAMPLED_GAPS,
              OF_REGULARIZERS,
              OF_GREEDY,
              OF_TD3_BC,
              OF_IQL));

  private AlgorithmOptions() {}

  private static Option<Double> positive(String key) {
    return Option.of(key, OptionType.NUMBER).require(value -> value > 0, "above 0");
  }

  private static List<Option<?>> joined(Stream<List<Option<?>>> parts) {
    return parts.<Option<?>>flatMap(List::stream).toList();
  }

  /** The options that an algorithm has. */
  static List<Option<?>> of(AlgorithmName algorithm) {
    return switch (algorithm) {
      case BC -> OF_POLICIES;
      case IQL -> joined(Stream.of(OF_POLICIES, OF_CRITICS, OF_IQL));
      case TD3_BC -> joined(Stream.of(OF_POLICIES, OF_CRITICS, OF_TD3_BC));
      case CQL_DISCRETE -> joined(Stream.of(List.of(ALGORITHM), OF_CRITICS, OF_GAPS, OF_GREEDY));
      case SAC -> joined(Stream.of(OF_POLICIES, OF_CRITICS, OF_SOFT_CRITICS));
      case CAL_QL ->
          joined(Stream.of(OF_POLICIES, OF_CRITICS, OF_SOFT_CRITICS, OF_GAPS, OF_SAMPLED_GAPS));
      case CQL_SAC ->
          joined(
              Stream.of(
                  OF_POLICIES,
                  OF_CRITICS,
                  OF_SOFT_CRITICS,
                  OF_GAPS,
                  OF_SAMPLED_GAPS,
                  OF_REGULARIZERS));
    };
  }

  /** The settings with the defaults of the chosen algorithm, where those are other than most. */
  static Settings withDefaults(Settings settings) {
    return switch (settings.get(ALGORITHM)) {
      case CQL_SAC, CQL_DISCRETE, CAL_QL -> settings;
      case SAC -> byDefault(byDefault(settings, POLICY_LEARNING_RATE, 3e-4), BACKUP_ENTROPY, true);
      case IQL, TD3_BC, BC -> byDefault(settings, POLICY_LEARNING_RATE, 3e-4);
    };
  }

  private static <T> Settings byDefault(Settings settings, Option<T> option, T value) {
    return settings.isGiven(option) ? settings : settings.with(option, value);
  }

  /** Whether the gradients of what is chosen are written out, and not autograd's. */
  static boolean isWrittenOut(Settings settings) {
    int targetCritics = settings.get(TARGET_CRITICS);
    return (settings.get(ALGORITHM) == AlgorithmName.CQL_SAC
            || settings.get(ALGORITHM) == AlgorithmName.CAL_QL)
        && settings.get(REGULARIZER) != Regularizer.VAR
        && !settings.get(CRITIC_LAYER_NORM)
        && (targetCritics == 0 || targetCritics == settings.get(CRITICS));
  }

  /** Whether the option was set to something. */
  static <T> boolean isOtherThanDefault(Settings settings, Option<T> option) {
    return !option.defaultValue().equals(Optional.of(settings.get(option)));
  }

  /** What to say of an option that the chosen algorithm does not have. */
  static String doesNotHave(Settings settings) {
    return ALGORITHM.key()
        + " "
        + ALGORITHM.type().toText(settings.get(ALGORITHM))
        + " does not have it";
  }

  /** Finds options that the chosen algorithm does not have, and those that contradict others. */
  static void check(Settings settings, OptionGroup.Problems problems) {
    var has = of(settings.get(ALGORITHM));
    for (Option<?> option : ALL) {
      if (isOtherThanDefault(settings, option) && !has.contains(option)) {
        problems.add(option, doesNotHave(settings));
      }
    }
    if (settings.has(StreamOptions.ACTIONS)) {
      checkActions(settings.get(ALGORITHM), settings.get(StreamOptions.ACTIONS) > 0, problems);
    }
    if (settings.get(TARGET_CRITICS) > settings.get(CRITICS)) {
      problems.add(
          TARGET_CRITICS,
          "expected trainer.critics ("
              + settings.get(CRITICS)
              + ") or fewer, got "
              + settings.get(TARGET_CRITICS));
    }
    if (settings.get(MAX_TARGET_BACKUP) && settings.get(BACKUP_ENTROPY)) {
      problems.add(
          MAX_TARGET_BACKUP,
          "expected trainer.backup-entropy false with it: the best of some actions was not drawn"
              + " from the policy");
    }
    if (isOtherThanDefault(settings, ACTION_PRIOR) && settings.get(REGULARIZER) == Regularizer.H) {
      problems.add(ACTION_PRIOR, "expected trainer.regularizer rho or var with it, got h");
    }
  }

  private static void checkActions(
      AlgorithmName algorithm, boolean discrete, OptionGroup.Problems problems) {
    if (discrete && algorithm != AlgorithmName.CQL_DISCRETE) {
      problems.add(
          ALGORITHM,
          "expected cql-discrete, since "
              + StreamOptions.ACTIONS
              + " says that actions are discrete; got "
              + ALGORITHM.type().toText(algorithm));
    } else if (!discrete && algorithm == AlgorithmName.CQL_DISCRETE) {
      problems.add(
          ALGORITHM,
          "cql-discrete is for discrete actions: expected "
              + StreamOptions.ACTIONS
              + " in the place of bounds, or another algorithm");
    }
  }
}
