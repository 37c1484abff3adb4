package io.millrace.schemas;

import java.util.Objects;
import java.util.regex.Pattern;

/** Every topic name and every record header name that Millrace writes or reads. */
public final class KafkaNames {
  /** The {@link io.millrace.schemas.v1.DeadLetter} envelope, serialized. */
  public static final String DEAD_LETTER_HEADER = "millrace.dead-letter";

  // Kafka Connect's names of the same facts
  // (org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter, KIP-298),
  // so that tools for Connect's dead letter queues read ours. All values are UTF-8 text.
  public static final String ERROR_TOPIC_HEADER = "__connect.errors.topic";
  public static final String ERROR_PARTITION_HEADER = "__connect.errors.partition";
  public static final String ERROR_OFFSET_HEADER = "__connect.errors.offset";
  public static final String ERROR_CONNECTOR_NAME_HEADER = "__connect.errors.connector.name";
  public static final String ERROR_TASK_ID_HEADER = "__connect.errors.task.id";
  public static final String ERROR_STAGE_HEADER = "__connect.errors.stage";
  public static final String ERROR_EXECUTING_CLASS_HEADER = "__connect.errors.class.name";
  public static final String ERROR_EXCEPTION_HEADER = "__connect.errors.exception.class.name";
  public static final String ERROR_EXCEPTION_MESSAGE_HEADER = "__connect.errors.exception.message";

  // Kafka allows 249 characters in a topic's name; the longest suffix takes 13.
  private static final Pattern STREAM = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}");

  private KafkaNames() {}

  /** True if topics can be named after this stream: 1 to 200 letters, digits, '.', '_' and '-'. */
  public static boolean isStreamName(String stream) {
    return STREAM.matcher(stream).matches();
  }

  /** Topic of logged {@link io.millrace.schemas.v1.Transition}s. */
  public static String transitions(String stream) {
    return topic(stream, "transitions");
  }

  /** Topic of refused records. */
  public static String deadLetters(String stream) {
    return topic(stream, "dead-letters");
  }

  /**
   * Compacted topic of the newest {@link io.millrace.schemas.v1.PolicySnapshot} of each policy id.
   */
  public static String policies(String stream) {
    return topic(stream, "policies");
  }

  /** Topic of every {@link io.millrace.schemas.v1.PolicySnapshot} ever published. */
  public static String policyLog(String stream) {
    return topic(stream, "policy-log");
  }

  private static String topic(String stream, String suffix) {
    if (!isStreamName(Objects.requireNonNull(stream, "stream"))) {
      throw new IllegalArgumentException(
          "stream name '" + stream + "': expected 1 to 200 of a-z A-Z 0-9 . _ - and no sign first");
    }
    return stream + "." + suffix;
  }
}
