package io.millrace.trainer;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.OptionType;
import io.millrace.config.Settings;
import io.millrace.trainer.AlgorithmOptions.AlgorithmName;
import io.millrace.trainer.window.SamplerSpec;
import io.millrace.trainer.window.SamplingSpec;
import io.millrace.trainer.window.SamplingSpec.History;
import io.millrace.trainer.window.SamplingSpec.RewardScale;
import io.millrace.trainer.window.TrainingWindows;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** How rows are drawn from the history, and how they are scaled. */
public final class SamplingOptions {
  /** Which rows of the history are drawn how often. */
  public enum SamplerName {
    UNIFORM,
    RECENCY,
    EPISODE_BALANCED,
    PRIORITISED
  }

  public static final Option<SamplerName> SAMPLER =
      Option.of("trainer.sampler", OptionType.oneOf(SamplerName.class))
          .withDefault(SamplerName.UNIFORM)
          .describedAs(
              "How rows are drawn from the history: uniform; recency, newer rows more often;"
                  + " episode-balanced, each episode alike; prioritised, in proportion to the TD"
                  + " error at the last draw.");
  public static final Option<Double> RECENCY_HALF_LIFE =
      Option.of("trainer.recency-half-life-rows", OptionType.NUMBER)
          .require(rows -> rows > 0, "above 0")
          .withDefault(100_000.0)
          .describedAs(
              "A row is drawn half as often as one that is so many rows newer; the history is then"
                  + " the newest trainer.history-rows rows. recency.");
  public static final Option<Double> PRIORITY_EXPONENT =
      Option.of("trainer.priority-exponent", OptionType.NUMBER)
          .require(exponent -> exponent >= 0 && exponent <= 1, "0 to 1")
          .withDefault(0.6)
          .describedAs("0: uniform; 1: in proportion to the absolute TD error. prioritised.");
  public static final Option<Double> PRIORITY_CORRECTION =
      Option.of("trainer.priority-correction", OptionType.NUMBER)
          .require(correction -> correction >= 0 && correction <= 1, "0 to 1")
          .withDefault(0.4)
          .describedAs(
              "How much of the bias of drawing some rows more often is weighed out of the TD loss at"
                  + " the first update; 1: all. prioritised.");
  public static final Option<Long> PRIORITY_CORRECTION_UPDATES =
      Option.of("trainer.priority-correction-updates", OptionType.LONG)
          .require(updates -> updates >= 1, "1 or more")
          .withDefault(100_000L)
          .describedAs("Updates over which the correction rises to 1. prioritised.");
  public static final Option<History> HISTORY =
      Option.of("trainer.history", OptionType.oneOf(History.class))
          .withDefault(History.SAMPLE)
          .describedAs(
              "Of a store that has more than trainer.history-rows rows: sample, a uniform sample of"
                  + " it in memory; shuffled, all of it, read in random order through a buffer of"
                  + " so many rows, with sampler uniform.");
  public static final Option<Boolean> NORMALISE_OBSERVATIONS =
      Option.of("trainer.normalise-observations", OptionType.FLAG)
          .withDefault(false)
          .describedAs(
              "Whether observations are scaled to mean 0 and standard deviation 1 (plus 0.001), of"
                  + " the rows that are there at the first update. The published graph does it too.");
  public static final Option<RewardScale> NORMALISE_REWARDS =
      Option.of("trainer.normalise-rewards", OptionType.oneOf(RewardScale.class))
          .withDefault(RewardScale.NONE)
          .describedAs(
              "none, or std: rewards are divided by their standard deviation over the rows that are"
                  + " there at the first update.");

  private static final List<Option<?>> OF_EVERY =
      List.of(SAMPLER, HISTORY, NORMALISE_OBSERVATIONS, NORMALISE_REWARDS);
  private static final List<Option<?>> OF_RECENCY = List.of(RECENCY_HALF_LIFE);
  private static final List<Option<?>> OF_PRIORITISED =
      List.of(PRIORITY_EXPONENT, PRIORITY_CORRECTION, PRIORITY_CORRECTION_UPDATES);

  /** The options of all samplers. */
  static final List<Option<?>> ALL =
      Stream.of(OF_EVERY, OF_RECENCY, OF_PRIORITISED).<Option<?>>flatMap(List::stream).toList();

  private SamplingOptions() {}

  /** The options that a sampler has, those of every one among them. */
  static List<Option<?>> of(SamplerName sampler) {
    var own =
        switch (sampler) {
          case UNIFORM, EPISODE_BALANCED -> List.<Option<?>>of();
          case RECENCY -> OF_RECENCY;
          case PRIORITISED -> OF_PRIORITISED;
        };
    return Stream.of(OF_EVERY, own).<Option<?>>flatMap(List::stream).toList();
  }

  /** How batches are drawn. */
  static SamplingSpec sampling(Settings settings) {
    return new SamplingSpec(
        settings.get(TrainerOptions.FRESH_FRACTION),
        settings.get(TrainerOptions.FRESH_ROWS),
        settings.get(HISTORY),
        settings.get(TrainerOptions.HISTORY_ROWS),
        OnlineOptions.online(settings),
        sampler(settings),
        settings.get(NORMALISE_OBSERVATIONS),
        settings.get(NORMALISE_REWARDS),
        settings.get(AlgorithmOptions.ALGORITHM) == AlgorithmName.CAL_QL
            ? OptionalDouble.of(settings.get(AlgorithmOptions.DISCOUNT))
            : OptionalDouble.empty());
  }

  private static SamplerSpec sampler(Settings settings) {
    return switch (settings.get(SAMPLER)) {
      case UNIFORM -> new SamplerSpec.Uniform();
      case RECENCY -> new SamplerSpec.Recency(settings.get(RECENCY_HALF_LIFE));
      case EPISODE_BALANCED -> new SamplerSpec.EpisodeBalanced();
      case PRIORITISED ->
          new SamplerSpec.Prioritised(
              settings.get(PRIORITY_EXPONENT),
              settings.get(PRIORITY_CORRECTION),
              settings.get(PRIORITY_CORRECTION_UPDATES));
    };
  }

  /** Finds options that the chosen sampler does not have. */
  static void check(Settings settings, OptionGroup.Problems problems) {
    var sampler = settings.get(SAMPLER);
    var has = of(sampler);
    for (Option<?> option : ALL) {
      if (AlgorithmOptions.isOtherThanDefault(settings, option) && !has.contains(option)) {
        problems.add(
            option, SAMPLER.key() + " " + SAMPLER.type().toText(sampler) + " does not have it");
      }
    }
    if (settings.get(HISTORY) == History.SHUFFLED) {
      checkShuffled(settings, problems);
    }
    if (sampler == SamplerName.PRIORITISED
        && settings.get(AlgorithmOptions.ALGORITHM) == AlgorithmName.BC) {
      problems.add(SAMPLER, "expected another than prioritised: bc has no TD error");
    }
  }

  private static void checkShuffled(Settings settings, OptionGroup.Problems problems) {
    if (settings.get(SAMPLER) != SamplerName.UNIFORM) {
      problems.add(HISTORY, "expected sample, or trainer.sampler uniform: rows come and go");
    }
    if (settings.get(AlgorithmOptions.ALGORITHM) == AlgorithmName.CAL_QL) {
      problems.add(
          HISTORY, "expected sample: cal-ql needs the rows of an episode until it has ended");
    }
    if (settings.get(TrainerOptions.HISTORY_ROWS) < TrainingWindows.BLOCK_ROWS) {
      problems.add(
          HISTORY,
          "expected trainer.history-rows of "
              + TrainingWindows.BLOCK_ROWS
              + " or more with shuffled, got "
              + settings.get(TrainerOptions.HISTORY_ROWS));
    }
  }
}
