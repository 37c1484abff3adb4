package io.millrace.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The values of a set of options, all of them checked: once there is one of these, every {@code
 * get} succeeds.
 */
public final class Settings {
  private final Map<Option<?>, Object> values;
  private final Set<Option<?>> given;

  private Settings(Map<Option<?>, Object> values, Set<Option<?>> given) {
    this.values = values;
    this.given = given;
  }

  /**
   * Reads a YAML file.
   *
   * @param groups every option that may be in it; a section that none of them is in belongs to
   *     somebody else and is passed over
   * @throws ConfigurationException with every mistake of the file: unknown keys, wrong types,
   *     values outside of what is allowed, mandatory options that are missing, options that
   *     contradict each other
   * @throws IOException if the file cannot be read
   */
  public static Settings load(Path file, List<OptionGroup> groups) throws IOException {
    return parse(file.toString(), Files.readString(file), groups);
  }

  /**
   * Reads a YAML text; see {@link #load}.
   *
   * @param name what to call the text in messages
   */
  public static Settings parse(String name, String yaml, List<OptionGroup> groups) {
    var options = groups.stream().flatMap(group -> group.options().stream()).toList();
    var leaves =
        options.stream()
            .filter(option -> option.type() == OptionType.TEXTS_BY_NAME)
            .map(Option::key)
            .collect(Collectors.toSet());
    var file = YamlFile.parse(name, yaml, leaves);
    List<Problem> problems = new ArrayList<>(file.problems());
    unknownKeys(file, options, problems);

    Map<Option<?>, Object> values = new HashMap<>();
    Set<Option<?>> given = new HashSet<>();
    Set<Option<?>> wrong = new HashSet<>();
    for (Option<?> option : options) {
      if (file.entries().containsKey(option.key())) {
        given.add(option);
      }
      if (!read(option, file, values, problems)) {
        wrong.add(option);
      }
    }
    var settings = new Settings(values, given);
    for (OptionGroup group : groups) {
      if (group.options().stream().noneMatch(wrong::contains)) {
        group
            .check()
            .run(
                settings,
                (option, text) -> problems.add(new Problem(file.place(option.key()), text)));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return settings;
  }

  /** The value of an option of the groups that were loaded. */
  @SuppressWarnings("unchecked")
  public <T> T get(Option<T> option) {
    var value = values.get(option);
    if (value == null) {
      throw new IllegalArgumentException("option " + option + " was not among those loaded");
    }
    return (T) value;
  }

  /**
   * Whether there is a value; in the check of a group, where {@code get} of another group's option
   * may fail: that group was not loaded, or the value is wrong.
   */
  public boolean has(Option<?> option) {
    return values.containsKey(option);
  }

  /** Whether the value was set, and is not the option's default for want of another. */
  public boolean isGiven(Option<?> option) {
    return given.contains(option);
  }

  /** The same settings with one value replaced, for what a command line overrides. */
  public <T> Settings with(Option<T> option, T value) {
    if (!option.allows(value)) {
      throw new ConfigurationException(
          List.of(
              new Problem(option.key(), "expected " + option.expectation() + ", got " + value)));
    }
    Map<Option<?>, Object> changed = new HashMap<>(values);
    changed.put(option, value);
    Set<Option<?>> alsoGiven = new HashSet<>(given);
    alsoGiven.add(option);
    return new Settings(changed, alsoGiven);
  }

  /**
   * Every option's value as it would be written, by key; for logs and for the header of a snapshot.
   */
  public Map<String, String> toTexts() {
    Map<String, String> texts = new LinkedHashMap<>();
    values.keySet().stream()
        .sorted(Comparator.comparing(Option::key))
        .forEach(option -> texts.put(option.key(), text(option)));
    return texts;
  }

  private <T> String text(Option<T> option) {
    return option.type().toText(get(option));
  }

  private static <T> boolean read(
      Option<T> option, YamlFile file, Map<Option<?>, Object> values, List<Problem> problems) {
    var entry = file.entries().get(option.key());
    if (entry == null) {
      option.defaultValue().ifPresent(value -> values.put(option, value));
      var instead = option.alternative().filter(other -> !file.entries().containsKey(other.key()));
      if (option.mandatory() || instead.isPresent()) {
        problems.add(
            new Problem(
                file.place(option.key()),
                "missing; expected "
                    + option.expectation()
                    + instead.map(other -> ", or " + other + " in its place").orElse("")));
        return false;
      }
      return true;
    }
    try {
      T value = option.type().read(entry.value());
      if (option.allows(value)) {
        values.put(option, value);
        return true;
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // falls through: what was expected says more than how the parser failed
    }
    problems.add(
        new Problem(
            file.place(option.key()),
            "expected " + option.expectation() + ", got '" + entry.value() + "'"));
    return false;
  }

  private static void unknownKeys(
      YamlFile file, List<? extends Option<?>> options, List<Problem> problems) {
    var known = options.stream().map(Option::key).collect(Collectors.toSet());
    var sections = options.stream().map(Option::section).collect(Collectors.toSet());
    for (String key : file.entries().keySet()) {
      int dot = key.indexOf('.');
      var section = dot < 0 ? key : key.substring(0, dot);
      if (known.contains(key) || (dot >= 0 && !sections.contains(section))) {
        continue;
      }
      var nearest = known.stream().min(Comparator.comparingInt(other -> distance(key, other)));
      var hint =
          nearest
              .filter(other -> distance(key, other) <= 3)
              .map(other -> "; did you mean " + other + "?")
              .orElse("");
      problems.add(new Problem(file.place(key), "unknown option" + hint));
    }
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
