package io.millrace.trainer;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.OptionType;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.StreamSpec;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What a trainer learns with, how fast, what it keeps and what it publishes. */
public final class TrainerOptions {
  private static final int MAX_ROWS = 1 << 30;

  public static final Option<Path> DIRECTORY =
      Option.of("trainer.directory", OptionType.PATH)
          .withDefault(Path.of("trainer"))
          .describedAs("Where journal and checkpoints are; one trainer at a time may use it.");
  public static final Option<String> READER =
      Option.of("trainer.reader", OptionType.TEXT)
          .require(name -> name.matches("[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}"), "a file name")
          .withDefault("trainer")
          .describedAs("Name of the trainer as a reader of the store; one for each trainer.");

  public static final Option<List<Integer>> HIDDEN_SIZES =
      Option.of("trainer.hidden-sizes", OptionType.INTEGERS)
          .require(
              sizes ->
                  !sizes.isEmpty()
                      && sizes.size() <= 8
                      && sizes.stream().allMatch(size -> size >= 1 && size <= 8192),
              "1 to 8 of 1 to 8192")
          .withDefault(List.of(256, 256))
          .describedAs("Units of each hidden layer, of critics and policy alike.");
  public static final Option<Long> SEED =
      Option.of("trainer.seed", OptionType.LONG)
          .withDefault(0L)
          .describedAs(
              "All randomness follows from it and the number of the update: first parameters,"
                  + " choice of rows, noise.");
  public static final Option<ComputeDevice> DEVICE =
      Option.of("trainer.device", OptionType.oneOf(ComputeDevice.class))
          .withDefault(ComputeDevice.AUTO)
          .describedAs("Where updates run; auto takes a GPU where libtorch finds one.");
  public static final Option<Integer> THREADS =
      Option.of("trainer.threads", OptionType.INTEGER)
          .require(threads -> threads >= 0 && threads <= 1024, "0 to 1024")
          .withDefault(0)
          .describedAs(
              "Threads of one update on a CPU, 0 for one a core. Results repeat bit for bit with"
                  + " the same number only.");

  public static final Option<Precision> PRECISION =
      Option.of("trainer.precision", OptionType.oneOf(Precision.class))
          .withDefault(Precision.FP32)
          .describedAs(
              "fp32, or mixed: the critics' backward products in bfloat16, all else in 32 bits, for"
                  + " cql-sac and cal-ql where that is faster: on a GPU, and on a processor with"
                  + " AVX-512 if there are not two hidden layers. Elsewhere mixed is fp32.");

  public static final Option<Integer> BATCH_SIZE =
      Option.of("trainer.batch-size", OptionType.INTEGER)
          .require(size -> size >= 1 && size <= 1 << 20, "1 to 1048576")
          .withDefault(256)
          .describedAs("Rows of an update.");
  public static final Option<Double> FRESH_FRACTION =
      Option.of("trainer.fresh-fraction", OptionType.NUMBER)
          .require(fraction -> fraction >= 0 && fraction <= 1, "0 to 1")
          .withDefault(0.5)
          .describedAs(
              "Part of each batch that comes from the fresh rows; the rest comes from the whole"
                  + " history.");
  public static final Option<Integer> FRESH_ROWS =
      Option.of("trainer.fresh-rows", OptionType.INTEGER)
          .require(rows -> rows >= 1 && rows <= MAX_ROWS, "1 to " + MAX_ROWS)
          .withDefault(100_000)
          .describedAs("How many rows are fresh, at most; they are kept in memory.");
  public static final Option<Integer> HISTORY_ROWS =
      Option.of("trainer.history-rows", OptionType.INTEGER)
          .require(rows -> rows >= 1 && rows <= MAX_ROWS, "1 to " + MAX_ROWS)
          .withDefault(1_000_000)
          .describedAs(
              "Rows of history in memory: all of the store while it has no more, then a uniform"
                  + " sample of it.");

  public static final Option<Long> MIN_ROWS =
      Option.of("trainer.min-rows", OptionType.LONG)
          .require(rows -> rows >= 1, "1 or more")
          .withDefault(1_000L)
          .describedAs("Rows that the store must have before the first update.");
  public static final Option<Long> OFFLINE_UPDATES =
      Option.of("trainer.offline-updates", OptionType.LONG)
          .require(updates -> updates >= 0 && updates <= 1L << 40, "0 to 2^40")
          .withDefault(0L)
          .describedAs(
              "Updates on the first trainer.min-rows rows that trainer.samples-per-row does not"
                  + " count: how long to train on a log before keeping step with the stream.");
  public static final Option<Double> SAMPLES_PER_ROW =
      Option.of("trainer.samples-per-row", OptionType.NUMBER)
          .require(samples -> samples >= 0, "0 or more")
          .withDefault(1_000.0)
          .describedAs(
              "How often a row is drawn for each row that came in after trainer.min-rows, on average;"
                  + " training waits for rows when it is ahead. For u updates a row it is u times"
                  + " trainer.batch-size. 0: never waits.");
  public static final Option<Long> SAMPLES_PER_ROW_BAND =
      Option.of("trainer.samples-per-row-band", OptionType.LONG)
          .require(samples -> samples >= 1, "1 or more")
          .withDefault(100_000L)
          .describedAs(
              "By how many drawn rows training may be ahead of samples-per-row, and with hold-back"
                  + " behind it.");
  public static final Option<Boolean> HOLD_BACK =
      Option.of("trainer.hold-back", OptionType.FLAG)
          .withDefault(false)
          .describedAs(
              "Whether rows wait in the store while training is behind samples-per-row. They are"
                  + " never lost; without it, training takes them as they come.");
  public static final Option<Long> MAX_UPDATES =
      Option.of("trainer.max-updates", OptionType.LONG)
          .require(updates -> updates >= 0, "0 or more")
          .withDefault(0L)
          .describedAs("The update to stop after; 0: never.");
  public static final Option<Duration> STORE_POLL_INTERVAL =
      Option.of("trainer.store-poll-interval", OptionType.DURATION)
          .require(interval -> interval.toMillis() >= 1, "1 ms or more")
          .withDefault(Duration.ofMillis(500))
          .describedAs("How often the store is asked for new rows.");

  public static final Option<Long> CHECKPOINT_UPDATES =
      Option.of("trainer.checkpoint-updates", OptionType.LONG)
          .require(updates -> updates >= 0, "0 or more")
          .withDefault(0L)
          .describedAs("Updates between checkpoints; 0: by time alone.");
  public static final Option<Duration> CHECKPOINT_INTERVAL =
      Option.of("trainer.checkpoint-interval", OptionType.DURATION)
          .require(interval -> interval.toMillis() >= 1, "1 ms or more")
          .withDefault(Duration.ofMinutes(1))
          .describedAs("Time between checkpoints: how much work a crash repeats.");
  public static final Option<Integer> CHECKPOINTS_KEPT =
      Option.of("trainer.checkpoints-kept", OptionType.INTEGER)
          .require(checkpoints -> checkpoints >= 1 && checkpoints <= 10_000, "1 to 10000")
          .withDefault(3)
          .describedAs("How many checkpoints are kept.");
  public static final Option<Integer> METRICS_UPDATES =
      Option.of("trainer.metrics-updates", OptionType.INTEGER)
          .require(updates -> updates >= 1, "1 or more")
          .withDefault(100)
          .describedAs(
              "Updates between readings of the metrics, which are also checked for NaN then.");

  public static final Option<Double> MAX_VALUE_FACTOR =
      Option.of("trainer.max-value-factor", OptionType.NUMBER)
          .require(factor -> factor == 0 || factor >= 1, "0, or 1 or more")
          .withDefault(10.0)
          .describedAs(
              "Training stops where the mean value of a batch's logged or policy's actions is further"
                  + " from 0 than so many times (largest |reward| + action size) / (1 -"
                  + " trainer.discount); 0: never. All algorithms but bc.");

  public static final Option<String> POLICY_ID =
      Option.of("policy.id", OptionType.TEXT)
          .require(id -> !id.isBlank() && id.length() <= 200, "1 to 200 characters")
          .withDefault("main")
          .describedAs("Name of the policy: the key of its snapshots.");
  public static final Option<Boolean> PUBLISH =
      Option.of("policy.publish", OptionType.FLAG)
          .withDefault(true)
          .describedAs("Whether snapshots are published at all.");
  public static final Option<Long> PUBLISH_UPDATES =
      Option.of("policy.publish-updates", OptionType.LONG)
          .require(updates -> updates >= 0, "0 or more")
          .withDefault(5_000L)
          .describedAs("Updates between snapshots; 0: by time alone.");
  public static final Option<Duration> PUBLISH_INTERVAL =
      Option.of("policy.publish-interval", OptionType.DURATION)
          .withDefault(Duration.ofMinutes(1))
          .describedAs("Time between snapshots; 0 s: by updates alone.");
  public static final Option<Boolean> PUBLISH_AT_STOP =
      Option.of("policy.publish-at-stop", OptionType.FLAG)
          .withDefault(true)
          .describedAs("Whether the last parameters are published when training stops.");
  public static final Option<Duration> PUBLISH_TIMEOUT =
      Option.of("policy.publish-timeout", OptionType.DURATION)
          .require(timeout -> timeout.toMillis() >= 1_000, "1 s or more")
          .withDefault(Duration.ofMinutes(1))
          .describedAs(
              "How long one snapshot is tried before it counts as failed; training goes on, and the"
                  + " next one is tried.");

  /** What the parameters depend on, beside the algorithm. */
  private static final List<Option<?>> LEARNING =
      List.of(
          HIDDEN_SIZES,
          SEED,
          DEVICE,
          THREADS,
          PRECISION,
          BATCH_SIZE,
          FRESH_FRACTION,
          FRESH_ROWS,
          HISTORY_ROWS);

  private static final OptionGroup LEARNING_GROUP =
      new OptionGroup(
          Stream.of(AlgorithmOptions.ALL, LEARNING, SamplingOptions.ALL, OnlineOptions.ALL)
              .<Option<?>>flatMap(List::stream)
              .toList(),
          (settings, problems) -> {});

  /** All of them. */
  public static final OptionGroup GROUP =
      new OptionGroup(
          Stream.of(
                  List.of(DIRECTORY, READER),
                  AlgorithmOptions.ALL,
                  SamplingOptions.ALL,
                  LEARNING,
                  OnlineOptions.ALL,
                  List.of(
                      MIN_ROWS,
                      OFFLINE_UPDATES,
                      SAMPLES_PER_ROW,
                      SAMPLES_PER_ROW_BAND,
                      HOLD_BACK,
                      MAX_UPDATES,
                      STORE_POLL_INTERVAL,
                      CHECKPOINT_UPDATES,
                      CHECKPOINT_INTERVAL,
                      CHECKPOINTS_KEPT,
                      METRICS_UPDATES,
                      MAX_VALUE_FACTOR,
                      POLICY_ID,
                      PUBLISH,
                      PUBLISH_UPDATES,
                      PUBLISH_INTERVAL,
                      PUBLISH_AT_STOP,
                      PUBLISH_TIMEOUT))
              .<Option<?>>flatMap(List::stream)
              .toList(),
          TrainerOptions::check);

  private TrainerOptions() {}

  /** The settings with the defaults that depend on other options, for {@code trainer.algorithm}. */
  public static Settings withDefaults(Settings settings) {
    return AlgorithmOptions.withDefaults(settings);
  }

  /**
   * What a trainer runs with.
   *
   * @param settings with {@link StreamOptions} and these options
   */
  public static TrainerConfig config(Settings settings) {
    return new TrainerConfig(
        StreamOptions.spec(settings),
        settings.get(StreamOptions.STORE_PATH),
        settings.get(READER),
        settings.get(DIRECTORY),
        learning(settings, StreamOptions.spec(settings)),
        pace(settings),
        new TrainerConfig.Checkpointing(
            settings.get(CHECKPOINT_UPDATES),
            settings.get(CHECKPOINT_INTERVAL),
            settings.get(CHECKPOINTS_KEPT)),
        publishing(settings),
        settings.get(MAX_UPDATES),
        settings.get(METRICS_UPDATES),
        new TrainerConfig.ValueGuard(
            settings.get(MAX_VALUE_FACTOR), settings.get(AlgorithmOptions.DISCOUNT)),
        settings.get(STORE_POLL_INTERVAL));
  }

  /** Every option that parameters depend on, as it would be written, by key. */
  private static Map<String, String> learningTexts(Settings settings) {
    Map<String, String> texts = new LinkedHashMap<>();
    AlgorithmOptions.of(settings.get(AlgorithmOptions.ALGORITHM))
        .forEach(option -> texts.put(option.key(), text(settings, option)));
    LEARNING.forEach(option -> texts.put(option.key(), text(settings, option)));
    SamplingOptions.of(settings.get(SamplingOptions.SAMPLER))
        .forEach(option -> texts.put(option.key(), text(settings, option)));
    OnlineOptions.ALL.forEach(option -> texts.put(option.key(), text(settings, option)));
    // What 0 stands for differs from machine to machine.
    texts.put(THREADS.key(), THREADS.type().toText(threads(settings)));
    return texts;
  }

  /**
   * Reads {@link TrainerConfig.Learning#texts}.
   *
   * @param name what to call the texts in an error
   */
  static TrainerConfig.Learning learning(String name, Map<String, String> texts, StreamSpec spec) {
    var yaml = new StringBuilder();
    texts.forEach(
        (key, text) ->
            yaml.append(key.replace("trainer.", "  ")).append(": ").append(text).append('\n'));
    return learning(Settings.parse(name, "trainer:\n" + yaml, List.of(LEARNING_GROUP)), spec);
  }

  private static <T> String text(Settings settings, Option<T> option) {
    return option.type().toText(settings.get(option));
  }

  private static TrainerConfig.Learning learning(Settings given, StreamSpec spec) {
    var settings = withDefaults(given);
    return new TrainerConfig.Learning(
        ConfiguredAlgorithm.of(settings, spec),
        settings.get(HIDDEN_SIZES),
        settings.get(AlgorithmOptions.CRITICS),
        settings.get(AlgorithmOptions.CRITIC_LAYER_NORM),
        settings.get(SEED),
        settings.get(DEVICE),
        threads(settings),
        settings.get(PRECISION),
        settings.get(BATCH_SIZE),
        SamplingOptions.sampling(settings),
        learningTexts(settings));
  }

  private static int threads(Settings settings) {
    int threads = settings.get(THREADS);
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private static TrainerConfig.Pace pace(Settings settings) {
    return new TrainerConfig.Pace(
        settings.get(MIN_ROWS),
        settings.get(OFFLINE_UPDATES),
        settings.get(SAMPLES_PER_ROW),
        settings.get(SAMPLES_PER_ROW_BAND),
        settings.get(HOLD_BACK));
  }

  private static Optional<TrainerConfig.Publishing> publishing(Settings settings) {
    if (!settings.get(PUBLISH)) {
      return Optional.empty();
    }
    return Optional.of(
        new TrainerConfig.Publishing(
            settings.get(POLICY_ID),
            StreamOptions.kafkaProperties(settings),
            settings.get(PUBLISH_UPDATES),
            settings.get(PUBLISH_INTERVAL),
            settings.get(PUBLISH_AT_STOP),
            settings.get(PUBLISH_TIMEOUT)));
  }

  private static void check(Settings settings, OptionGroup.Problems problems) {
    AlgorithmOptions.check(settings, problems);
    SamplingOptions.check(settings, problems);
    OnlineOptions.check(settings, problems);
    if (settings.get(PRECISION) == Precision.MIXED && !AlgorithmOptions.isWrittenOut(settings)) {
      problems.add(
          PRECISION,
          "expected fp32: mixed is for trainer.algorithm cql-sac, with trainer.regularizer h or rho,"
              + " and cal-ql, without target-critics and critic-layer-norm");
    }
    if (settings.get(SAMPLES_PER_ROW) > 0
        && settings.get(SAMPLES_PER_ROW_BAND) < settings.get(BATCH_SIZE)) {
      problems.add(
          SAMPLES_PER_ROW_BAND,
          "expected trainer.batch-size ("
              + settings.get(BATCH_SIZE)
              + ") or more, got "
              + settings.get(SAMPLES_PER_ROW_BAND)
              + ": no update would ever fit in the band");
    }
    for (Option<?> option : List.of(HOLD_BACK, OFFLINE_UPDATES)) {
      if (settings.get(SAMPLES_PER_ROW) == 0
          && AlgorithmOptions.isOtherThanDefault(settings, option)) {
        problems.add(option, "expected trainer.samples-per-row above 0 with it");
      }
    }
    if (settings.get(PUBLISH)
        && settings.get(PUBLISH_UPDATES) == 0
        && settings.get(PUBLISH_INTERVAL).isZero()
        && !settings.get(PUBLISH_AT_STOP)) {
      problems.add(
          PUBLISH,
          "nothing would ever be published: expected publish-updates, publish-interval or"
              + " publish-at-stop, or publish: false");
    }
  }
}
