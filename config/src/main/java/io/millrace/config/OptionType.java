package io.millrace.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How the value of an option is written in YAML, and read.
 *
 * @param <T> Java type of the value
 */
public final class OptionType<T> {
  public static final OptionType<String> TEXT = scalar("text", text -> text, value -> value);
  public static final OptionType<Integer> INTEGER =
      scalar("integer", text -> Integer.valueOf(plainDigits(text)), String::valueOf);
  public static final OptionType<Long> LONG =
      scalar("integer", text -> Long.valueOf(plainDigits(text)), String::valueOf);
  public static final OptionType<Double> NUMBER =
      scalar("number", OptionType::finite, String::valueOf);
  public static final OptionType<Boolean> FLAG =
      scalar("true or false", OptionType::flag, String::valueOf);

  /** {@code 500 ms}, {@code 10 s}, {@code 5 min}, {@code 2 h}, {@code 7 d}. */
  public static final OptionType<Duration> DURATION =
      scalar("duration such as 500 ms, 10 s, 5 min, 2 h", OptionType::duration, OptionType::text);

  /** {@code 512 B}, {@code 64 KiB}, {@code 16 MiB}, {@code 2 GiB}. */
  public static final OptionType<Long> BYTES =
      scalar("size such as 512 B, 64 KiB, 16 MiB, 2 GiB", OptionType::bytes, OptionType::bytesText);

  public static final OptionType<Path> PATH = scalar("path", OptionType::path, String::valueOf);
  public static final OptionType<List<Double>> NUMBERS = list("numbers", OptionType::finite);
  public static final OptionType<List<Integer>> INTEGERS =
      list("integers", text -> Integer.valueOf(plainDigits(text)));
  public static final OptionType<Map<String, String>> TEXTS_BY_NAME =
      new OptionType<>("map of names to texts", OptionType::map, OptionType::text);

  private static final Pattern QUANTITY = Pattern.compile("([0-9][0-9_]*)\\s*([a-zA-Z]+)");

  private final String name;
  private final Function<Object, T> reader;
  private final Function<T, String> writer;

  private OptionType(String name, Function<Object, T> reader, Function<T, String> writer) {
    this.name = name;
    this.reader = reader;
    this.writer = writer;
  }

  /** One of an enumeration's constants, written in lower case with '-' for '_'. */
  public static <E extends Enum<E>> OptionType<E> oneOf(Class<E> constants) {
    Map<String, E> byName = new LinkedHashMap<>();
    for (E constant : constants.getEnumConstants()) {
      byName.put(text(constant), constant);
    }
    return scalar(
        "one of " + String.join(", ", byName.keySet()),
        text -> {
          E constant = byName.get(text);
          if (constant == null) {
            throw new IllegalArgumentException("no such choice");
          }
          return constant;
        },
        OptionType::text);
  }

  /** What to call it when something else was found: "integer". */
  public String name() {
    return name;
  }

  /** The value as it would be written in YAML. */
  public String toText(T value) {
    return writer.apply(value);
  }

  /**
   * Reads a value.
   *
   * @param yaml a String, a List or a Map of Strings, as {@link YamlFile} gives them
   * @throws IllegalArgumentException if the value is not of this type
   */
  T read(Object yaml) {
    return reader.apply(yaml);
  }

  private static <T> OptionType<T> scalar(
      String name, Function<String, T> parser, Function<T, String> writer) {
    return new OptionType<>(
        name,
        yaml -> {
          if (!(yaml instanceof String text)) {
            throw new IllegalArgumentException("not a single value");
          }
          return parser.apply(text);
        },
        writer);
  }

  private static <T> OptionType<List<T>> list(String name, Function<String, T> parser) {
    return new OptionType<>(
        "list of " + name,
        yaml -> {
          List<T> values = new ArrayList<>();
          for (Object element : yaml instanceof List<?> elements ? elements : List.of(yaml)) {
            if (!(element instanceof String text)) {
              throw new IllegalArgumentException("not a list of single values");
            }
            values.add(parser.apply(text));
          }
          return List.copyOf(values);
        },
        values -> values.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]")));
  }

  private static Map<String, String> map(Object yaml) {
    if (!(yaml instanceof Map<?, ?> entries)) {
      throw new IllegalArgumentException("not a map");
    }
    Map<String, String> map = new LinkedHashMap<>();
    entries.forEach(
        (key, value) -> {
          if (!(value instanceof String text)) {
            throw new IllegalArgumentException("value of " + key + " is not a text");
          }
          map.put((String) key, text);
        });
    return Map.copyOf(map);
  }

  private static String plainDigits(String text) {
    return text.replace("_", "");
  }

  private static Double finite(String text) {
    var value = Double.valueOf(plainDigits(text));
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("not finite");
    }
    return value;
  }

  private static Boolean flag(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Duration duration(String text) {
    var match = quantity(text);
    long amount = Long.parseLong(plainDigits(match[0]));
    return switch (match[1]) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "min" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      case "d" -> Duration.ofDays(amount);
      default -> throw new IllegalArgumentException("unknown unit");
    };
  }

  /**
   * Duration as a person writes it, by the parser of {@link #DURATION}; for options of a command
   * line.
   */
  public static Duration parseDuration(String text) {
    return DURATION.read(text);
  }

  private static long bytes(String text) {
    var match = quantity(text);
    long amount = Long.parseLong(plainDigits(match[0]));
    return switch (match[1]) {
      case "B" -> amount;
      case "KiB" -> Math.multiplyExact(amount, 1L << 10);
      case "MiB" -> Math.multiplyExact(amount, 1L << 20);
      case "GiB" -> Math.multiplyExact(amount, 1L << 30);
      default -> throw new IllegalArgumentException("unknown unit");
    };
  }

  private static String[] quantity(String text) {
    var matcher = QUANTITY.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a number and a unit");
    }
    return new String[] {matcher.group(1), matcher.group(2)};
  }

  private static String text(Duration duration) {
    long millis = duration.toMillis();
    var units = List.of(86_400_000L, 3_600_000L, 60_000L, 1_000L);
    var names = List.of("d", "h", "min", "s");
    for (int i = 0; i < units.size(); i++) {
      if (millis >= units.get(i) && millis % units.get(i) == 0) {
        return millis / units.get(i) + " " + names.get(i);
      }
    }
    return millis + " ms";
  }

  private static String bytesText(long bytes) {
    var names = Arrays.asList("GiB", "MiB", "KiB");
    for (int i = 0; i < names.size(); i++) {
      long unit = 1L << (30 - 10 * i);
      if (bytes >= unit && bytes % unit == 0) {
        return bytes / unit + " " + names.get(i);
      }
    }
    return bytes + " B";
  }

  private static String text(Map<String, String> map) {
    return map.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> quoted(entry.getKey()) + ": " + quoted(entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
