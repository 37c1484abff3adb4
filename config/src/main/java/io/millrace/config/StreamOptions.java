package io.millrace.config;

import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What every part of Millrace has to know: the stream, the Kafka cluster it is on, and where its
 * store is.
 */
public final class StreamOptions {
  public static final Option<String> NAME =
      Option.of("stream.name", OptionType.TEXT)
          .require(KafkaNames::isStreamName, "1 to 200 of a-z A-Z 0-9 . _ -")
          .describedAs(
              "Name of the stream. Its topics are <name>.transitions, .dead-letters, .policies and"
                  + " .policy-log.");
  public static final Option<Integer> OBSERVATION_SIZE =
      Option.of("stream.observation-size", OptionType.INTEGER)
          .require(size -> size >= 1 && size <= StreamSpec.MAX_SIZE, "1 to " + StreamSpec.MAX_SIZE)
          .describedAs("How many numbers an observation has.");
  public static final Option<Integer> ACTIONS =
      Option.of("stream.actions", OptionType.INTEGER)
          .require(
              actions -> actions == 0 || (actions >= 2 && actions <= StreamSpec.MAX_SIZE),
              "0, or 2 to " + StreamSpec.MAX_SIZE)
          .withDefault(0)
          .describedAs(
              "How many discrete actions there are, instead of stream.action-low and"
                  + " stream.action-high: an action is then one number, its index from 0. 0:"
                  + " actions are numbers within those bounds.");
  public static final Option<List<Double>> ACTION_LOW =
      Option.of("stream.action-low", OptionType.NUMBERS)
          .require(low -> !low.isEmpty(), "at least one")
          .unless(ACTIONS, List.of())
          .describedAs("Lower bound of each action dimension, in the units of the environment.");
  public static final Option<List<Double>> ACTION_HIGH =
      Option.of("stream.action-high", OptionType.NUMBERS)
          .require(high -> !high.isEmpty(), "at least one")
          .unless(ACTIONS, List.of())
          .describedAs("Upper bound of each action dimension, in the units of the environment.");

  public static final Option<String> BOOTSTRAP_SERVERS =
      Option.of("kafka.bootstrap-servers", OptionType.TEXT)
          .withDefault("127.0.0.1:9092")
          .describedAs("Where the Kafka cluster is: host:port, several joined by commas.");
  public static final Option<Map<String, String>> KAFKA_PROPERTIES =
      Option.of("kafka.properties", OptionType.TEXTS_BY_NAME)
          .withDefault(Map.of())
          .describedAs(
              "Properties for every Kafka client, such as security.protocol and sasl.jaas.config.");

  public static final Option<Path> STORE_PATH =
      Option.of("store.path", OptionType.PATH)
          .withDefault(Path.of("store"))
          .describedAs(
              "Directory of the replay store; every TaskManager and the trainer must see the same"
                  + " one.");

  /** All of them; bounds or discrete actions must make a {@link StreamSpec}. */
  public static final OptionGroup GROUP =
      new OptionGroup(
          List.of(
              NAME,
              OBSERVATION_SIZE,
              ACTIONS,
              ACTION_LOW,
              ACTION_HIGH,
              BOOTSTRAP_SERVERS,
              KAFKA_PROPERTIES,
              STORE_PATH),
          StreamOptions::check);

  private StreamOptions() {}

  private static void check(Settings settings, OptionGroup.Problems problems) {
    for (var bound : List.of(ACTION_LOW, ACTION_HIGH)) {
      if (settings.get(ACTIONS) > 0 && settings.isGiven(bound)) {
        problems.add(bound, "expected none beside stream.actions: discrete actions have no bounds");
        return;
      }
    }
    try {
      spec(settings);
    } catch (IllegalArgumentException e) {
      problems.add(settings.get(ACTIONS) > 0 ? ACTIONS : ACTION_LOW, e.getMessage());
    }
  }

  /** The stream's specification. */
  public static StreamSpec spec(Settings settings) {
    if (settings.get(ACTIONS) > 0) {
      return StreamSpec.discrete(
          settings.get(NAME), settings.get(OBSERVATION_SIZE), settings.get(ACTIONS));
    }
    return new StreamSpec(
        settings.get(NAME),
        settings.get(OBSERVATION_SIZE),
        floats(settings.get(ACTION_LOW)),
        floats(settings.get(ACTION_HIGH)));
  }

  /**
   * Properties that every Kafka client starts from: {@code kafka.properties} and the bootstrap
   * servers.
   */
  public static Map<String, Object> kafkaProperties(Settings settings) {
    Map<String, Object> properties = new HashMap<>(settings.get(KAFKA_PROPERTIES));
    properties.put("bootstrap.servers", settings.get(BOOTSTRAP_SERVERS));
    return properties;
  }

  private static float[] floats(List<Double> list) {
    var floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i).floatValue();
    }
    return floats;
  }
}
