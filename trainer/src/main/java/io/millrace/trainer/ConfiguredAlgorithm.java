package io.millrace.trainer;

import io.millrace.config.Settings;
import io.millrace.schemas.StreamSpec;
import io.millrace.trainer.algorithm.Algorithm;
import io.millrace.trainer.algorithm.BehaviourCloning;
import io.millrace.trainer.algorithm.CalQl;
import io.millrace.trainer.algorithm.ConservativeWeight;
import io.millrace.trainer.algorithm.CqlDiscrete;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Iql;
import io.millrace.trainer.algorithm.Regularizer;
import io.millrace.trainer.algorithm.Sac;
import io.millrace.trainer.algorithm.SoftActorCritic;
import io.millrace.trainer.algorithm.Td3Bc;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Makes the algorithm that the settings choose. */
final class ConfiguredAlgorithm {
  private ConfiguredAlgorithm() {}

  /**
   * The algorithm for a stream.
   *
   * @param settings as {@link AlgorithmOptions#withDefaults} gives them
   */
  static Algorithm of(Settings settings, StreamSpec spec) {
    return switch (settings.get(AlgorithmOptions.ALGORITHM)) {
      case CQL_SAC -> cqlSac(settings, spec, settings.get(AlgorithmOptions.REGULARIZER));
      case CAL_QL -> new CalQl(cqlSac(settings, spec, Regularizer.H));
      case SAC -> new Sac(softActorCritic(settings, spec));
      case CQL_DISCRETE ->
          new CqlDiscrete(
              settings.get(AlgorithmOptions.DISCOUNT),
              settings.get(AlgorithmOptions.POLYAK),
              settings.get(AlgorithmOptions.CRITIC_LEARNING_RATE),
              conservativeWeight(settings),
              settings.get(AlgorithmOptions.GAP_TEMPERATURE),
              settings.get(AlgorithmOptions.EXPLORATION_EPSILON));
      case IQL ->
          new Iql(
              settings.get(AlgorithmOptions.DISCOUNT),
              settings.get(AlgorithmOptions.POLYAK),
              settings.get(AlgorithmOptions.CRITIC_LEARNING_RATE),
              settings.get(AlgorithmOptions.POLICY_LEARNING_RATE),
              settings.get(AlgorithmOptions.EXPECTILE),
              settings.get(AlgorithmOptions.INVERSE_TEMPERATURE),
              settings.get(AlgorithmOptions.ADVANTAGE_CLIP));
      case TD3_BC ->
          new Td3Bc(
              settings.get(AlgorithmOptions.DISCOUNT),
              settings.get(AlgorithmOptions.POLYAK),
              settings.get(AlgorithmOptions.CRITIC_LEARNING_RATE),
              settings.get(AlgorithmOptions.POLICY_LEARNING_RATE),
              settings.get(AlgorithmOptions.BEHAVIOUR_WEIGHT),
              settings.get(AlgorithmOptions.TARGET_NOISE),
              settings.get(AlgorithmOptions.TARGET_NOISE_CLIP),
              settings.get(AlgorithmOptions.POLICY_INTERVAL),
              settings.get(AlgorithmOptions.EXPLORATION_NOISE));
      case BC -> new BehaviourCloning(settings.get(AlgorithmOptions.POLICY_LEARNING_RATE));
    };
  }

  private static CqlSac cqlSac(Settings settings, StreamSpec spec, Regularizer regularizer) {
    return new CqlSac(
        softActorCritic(settings, spec),
        regularizer,
        settings.get(AlgorithmOptions.ACTION_PRIOR),
        conservativeWeight(settings),
        settings.get(AlgorithmOptions.SAMPLED_ACTIONS),
        settings.get(AlgorithmOptions.GAP_TEMPERATURE),
        settings.get(AlgorithmOptions.BEHAVIOUR_CLONING_UPDATES),
        settings.get(AlgorithmOptions.MAX_TARGET_BACKUP));
  }

  private static ConservativeWeight conservativeWeight(Settings settings) {
    return switch (settings.get(AlgorithmOptions.CONSERVATIVE_MODE)) {
      case FIXED ->
          new ConservativeWeight.Fixed(settings.get(AlgorithmOptions.CONSERVATIVE_WEIGHT));
      case LAGRANGE ->
          new ConservativeWeight.Lagrange(settings.get(AlgorithmOptions.LAGRANGE_THRESHOLD));
    };
  }

  private static SoftActorCritic softActorCritic(Settings settings, StreamSpec spec) {
    int targetCritics = settings.get(AlgorithmOptions.TARGET_CRITICS);
    return new SoftActorCritic(
        settings.get(AlgorithmOptions.DISCOUNT),
        settings.get(AlgorithmOptions.POLYAK),
        settings.get(AlgorithmOptions.CRITIC_LEARNING_RATE),
        settings.get(AlgorithmOptions.POLICY_LEARNING_RATE),
        settings.get(AlgorithmOptions.INITIAL_TEMPERATURE),
        settings.get(AlgorithmOptions.TUNE_TEMPERATURE),
        OptionalDouble.of(settings.get(AlgorithmOptions.TARGET_ENTROPY) * spec.actionSize()),
        settings.get(AlgorithmOptions.BACKUP_ENTROPY),
        targetCritics == 0 ? OptionalInt.empty() : OptionalInt.of(targetCritics));
  }
}
