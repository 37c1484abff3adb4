package io.millrace.trainer;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.OptionType;
import io.millrace.config.Settings;
import io.millrace.trainer.AlgorithmOptions.AlgorithmName;
import io.millrace.trainer.window.OnlineSpec;
import io.millrace.trainer.window.OnlineSpec.Fresh;
import io.millrace.trainer.window.OnlineSpec.Held;
import java.util.List;

/**
 * What changes as on-policy rows come in: rows whose action a policy chose that Millrace published.
 */
public final class OnlineOptions {
  public static final Option<Fresh> FRESH =
      Option.of("trainer.fresh", OptionType.oneOf(Fresh.class))
          .withDefault(Fresh.NEWEST)
          .describedAs(
              "Which rows are fresh: newest, the newest of all; on-policy, the newest of those whose"
                  + " action a published policy chose. While there are none, batches come from the"
                  + " history alone.");
  public static final Option<Double> CONSERVATIVE_FACTOR =
      Option.of("trainer.online-conservative-factor", OptionType.NUMBER)
          .require(factor -> factor >= 0 && factor <= 1, "0 to 1")
          .withDefault(1.0)
          .describedAs(
              "Factor of the conservative term on fresh rows whose action a published policy"
                  + " chose. cql-sac, cal-ql, cql-discrete.");
  public static final Option<Long> CONSERVATIVE_ROWS =
      rows("trainer.online-conservative-rows")
          .describedAs(
              "Rows whose action a published policy chose over which that factor goes from 1 to its"
                  + " value, in a straight line. 0: it has its value from the first on. cql-sac,"
                  + " cal-ql, cql-discrete.");
  public static final Option<Long> WARM_START_ROWS =
      rows("trainer.warm-start-rows")
          .describedAs(
              "Rows whose action a published policy chose for which learning is held, from the first"
                  + " on, until so many have come in. 0: none.");
  public static final Option<Held> WARM_START_HOLDS =
      Option.of("trainer.warm-start-holds", OptionType.oneOf(Held.class))
          .withDefault(Held.POLICY)
          .describedAs(
              "What is held then: policy, the policy and its temperature, while critics learn; all,"
                  + " everything: no update is run, and trainer.samples-per-row does not count the"
                  + " rows of that time.");

  /** All of them; parameters depend on each. */
  static final List<Option<?>> ALL =
      List.of(FRESH, CONSERVATIVE_FACTOR, CONSERVATIVE_ROWS, WARM_START_ROWS, WARM_START_HOLDS);

  private OnlineOptions() {}

  private static Option<Long> rows(String key) {
    return Option.of(key, OptionType.LONG).require(rows -> rows >= 0, "0 or more").withDefault(0L);
  }

  static OnlineSpec online(Settings settings) {
    return new OnlineSpec(
        settings.get(CONSERVATIVE_FACTOR),
        settings.get(CONSERVATIVE_ROWS),
        settings.get(WARM_START_ROWS),
        settings.get(WARM_START_HOLDS),
        settings.get(FRESH));
  }

  /** Finds options that the chosen algorithm does not have, and those that say nothing. */
  static void check(Settings settings, OptionGroup.Problems problems) {
    boolean conservative =
        AlgorithmOptions.of(settings.get(AlgorithmOptions.ALGORITHM))
            .contains(AlgorithmOptions.CONSERVATIVE_WEIGHT);
    for (Option<?> option : List.of(CONSERVATIVE_FACTOR, CONSERVATIVE_ROWS)) {
      if (!conservative && AlgorithmOptions.isOtherThanDefault(settings, option)) {
        problems.add(option, AlgorithmOptions.doesNotHave(settings));
      }
    }
    if (conservative
        && settings.get(CONSERVATIVE_ROWS) > 0
        && settings.get(CONSERVATIVE_FACTOR) == 1) {
      problems.add(
          CONSERVATIVE_ROWS,
          "expected trainer.online-conservative-factor below 1 with it: the factor would go from 1"
              + " to 1");
    }
    if (settings.get(WARM_START_HOLDS) == Held.POLICY
        && settings.get(WARM_START_ROWS) > 0
        && settings.get(AlgorithmOptions.ALGORITHM) == AlgorithmName.CQL_DISCRETE) {
      problems.add(
          WARM_START_HOLDS,
          "expected all with cql-discrete, whose critics are its policy, got policy");
    }
    if (settings.get(WARM_START_HOLDS) == Held.ALL && settings.get(WARM_START_ROWS) == 0) {
      problems.add(WARM_START_HOLDS, "expected trainer.warm-start-rows above 0 with it");
    }
  }
}
