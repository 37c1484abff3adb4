package io.millrace.flink.config;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.OptionType;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.KafkaNames;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Options of the ingest job. */
public final class IngestOptions {
  public static final Option<Integer> PARALLELISM =
      Option.of("ingest.parallelism", OptionType.INTEGER)
          .require(count -> count >= 1 && count <= 1024, "1 to 1024")
          .withDefault(1)
          .describedAs(
              "How many subtasks read, validate and write; more than the topic has partitions is"
                  + " of no use.");

  public static final Option<Duration> CHECKPOINT_INTERVAL =
      Option.of("ingest.checkpoint-interval", OptionType.DURATION)
          .require(interval -> between(interval, Duration.ofMillis(100), hours(1)), "100 ms to 1 h")
          .withDefault(Duration.ofSeconds(2))
          .describedAs(
              "How often rows become visible in the store: each checkpoint commits one manifest,"
                  + " with a segment for each partition that had rows.");

  public static final Option<Duration> CHECKPOINT_TIMEOUT =
      Option.of("ingest.checkpoint-timeout", OptionType.DURATION)
          .require(timeout -> between(timeout, Duration.ofSeconds(1), hours(1)), "1 s to 1 h")
          .withDefault(Duration.ofMinutes(5))
          .describedAs(
              "A checkpoint that takes longer is given up; the next one commits its rows.");

  public static final Option<String> CHECKPOINT_PATH =
      Option.of("ingest.checkpoint-path", OptionType.TEXT)
          .require(IngestOptions::isUriOrEmpty, "a URI such as file:///var/millrace or empty")
          .withDefault("")
          .describedAs(
              "Where Flink keeps the job's own state. Empty: as the cluster is configured, which"
                  + " in one JVM is its memory. The store says what has been ingested, with or"
                  + " without this state.");

  public static final Option<Integer> RESTART_ATTEMPTS =
      Option.of("ingest.restart-attempts", OptionType.INTEGER)
          .require(count -> count >= 0 && count <= 10_000, "0 to 10000")
          .withDefault(10)
          .describedAs(
              "How often the job restarts after a failure of Kafka, a disk or a TaskManager before"
                  + " it gives up; ten minutes without one start the count again.");

  public static final Option<StartingPoint> START =
      Option.of("ingest.start", OptionType.oneOf(StartingPoint.class))
          .withDefault(StartingPoint.EARLIEST)
          .describedAs(
              "Where to start in a partition of which the store holds nothing. Otherwise the job"
                  + " goes on where the store ends.");

  public static final Option<Boolean> BOUNDED =
      Option.of("ingest.bounded", OptionType.FLAG)
          .withDefault(false)
          .describedAs(
              "Whether to finish at what is the end of the topic when the job starts, instead of"
                  + " following it for ever.");

  public static final Option<Long> MAX_RECORD_SIZE =
      Option.of("ingest.max-record-size", OptionType.BYTES)
          .require(size -> size >= 1024 && size <= 256 << 20, "1 KiB to 256 MiB")
          .withDefault(1L << 20)
          .describedAs("A record whose value is larger is refused.");

  public static final Option<Long> DEAD_LETTER_VALUE_LIMIT =
      Option.of("ingest.dead-letter-value-limit", OptionType.BYTES)
          .require(size -> size >= 0 && size <= 64 << 20, "0 B to 64 MiB")
          .withDefault(256L << 10)
          .describedAs(
              "A dead letter holds at most so much of the refused record's value, and of its key.");

  public static final Option<Duration> DEAD_LETTER_TRANSACTION_TIMEOUT =
      Option.of("ingest.dead-letter-transaction-timeout", OptionType.DURATION)
          .require(timeout -> between(timeout, Duration.ofSeconds(10), hours(24)), "10 s to 24 h")
          .withDefault(Duration.ofMinutes(15))
          .describedAs(
              "The broker aborts the dead letters of a job that is down for longer than this; not"
                  + " above the broker's transaction.max.timeout.ms.");

  public static final Option<Double> ACTION_TOLERANCE =
      Option.of("ingest.action-tolerance", OptionType.NUMBER)
          .require(tolerance -> tolerance >= 0 && tolerance <= 0.1, "0 to 0.1")
          .withDefault(1e-5)
          .describedAs(
              "How far outside of its bounds an action may be, as a fraction of their distance:"
                  + " what rounding to 32 bits and back does to a saturated action.");

  public static final Option<String> EARLIEST_EVENT_TIME =
      Option.of("ingest.earliest-event-time", OptionType.TEXT)
          .require(IngestOptions::isInstant, "a time such as 2000-01-01T00:00:00Z")
          .withDefault("2000-01-01T00:00:00Z")
          .describedAs("A record with an earlier event time is refused.");

  public static final Option<Duration> EVENT_TIME_AHEAD =
      Option.of("ingest.event-time-ahead", OptionType.DURATION)
          .withDefault(Duration.ofHours(1))
          .describedAs(
              "A record whose event time is further ahead of this machine's clock is refused.");

  /** All of them. */
  public static final OptionGroup GROUP =
      new OptionGroup(
          List.of(
              PARALLELISM,
              CHECKPOINT_INTERVAL,
              CHECKPOINT_TIMEOUT,
              CHECKPOINT_PATH,
              RESTART_ATTEMPTS,
              START,
              BOUNDED,
              MAX_RECORD_SIZE,
              DEAD_LETTER_VALUE_LIMIT,
              DEAD_LETTER_TRANSACTION_TIMEOUT,
              ACTION_TOLERANCE,
              EARLIEST_EVENT_TIME,
              EVENT_TIME_AHEAD),
          (settings, problems) -> {
            if (settings
                    .get(DEAD_LETTER_TRANSACTION_TIMEOUT)
                    .compareTo(settings.get(CHECKPOINT_INTERVAL))
                <= 0) {
              problems.add(
                  DEAD_LETTER_TRANSACTION_TIMEOUT,
                  "expected more than "
                      + CHECKPOINT_INTERVAL
                      + ", or every dead letter's transaction runs out before its checkpoint");
            }
          });

  private IngestOptions() {}

  /**
   * What the job needs.
   *
   * @param settings with {@link StreamOptions} and these options
   */
  public static IngestConfig config(Settings settings) {
    Map<String, String> kafka = new HashMap<>();
    StreamOptions.kafkaProperties(settings)
        .forEach((name, value) -> kafka.put(name, String.valueOf(value)));
    var stream = settings.get(StreamOptions.NAME);
    return new IngestConfig(
        StreamOptions.spec(settings),
        KafkaNames.transitions(stream),
        KafkaNames.deadLetters(stream),
        kafka,
        settings.get(StreamOptions.STORE_PATH),
        settings.get(PARALLELISM),
        settings.get(CHECKPOINT_INTERVAL),
        settings.get(CHECKPOINT_TIMEOUT),
        Optional.of(settings.get(CHECKPOINT_PATH)).filter(path -> !path.isEmpty()).map(URI::create),
        settings.get(RESTART_ATTEMPTS),
        settings.get(START),
        settings.get(BOUNDED),
        Math.toIntExact(settings.get(MAX_RECORD_SIZE)),
        Math.toIntExact(settings.get(DEAD_LETTER_VALUE_LIMIT)),
        settings.get(DEAD_LETTER_TRANSACTION_TIMEOUT),
        settings.get(ACTION_TOLERANCE),
        Instant.parse(settings.get(EARLIEST_EVENT_TIME)),
        settings.get(EVENT_TIME_AHEAD));
  }

  private static boolean between(Duration duration, Duration low, Duration high) {
    return duration.compareTo(low) >= 0 && duration.compareTo(high) <= 0;
  }

  private static Duration hours(int hours) {
    return Duration.ofHours(hours);
  }

  private static boolean isUriOrEmpty(String text) {
    try {
      return text.isEmpty() || new URI(text).isAbsolute();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isInstant(String text) {
    try {
      Instant.parse(text);
      return true;
    } catch (DateTimeParseException e) {
      return false;
    }
  }
}
