package io.millrace.app.configuration;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import io.millrace.config.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Every option with the value it has, as the YAML that would give it. */
public final class EffectiveConfiguration {
  // Text that YAML takes as it stands; all else is put in quotes.
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./][A-Za-z0-9_./:+ -]*");

  private EffectiveConfiguration() {}

  /** The values as a configuration file. */
  public static String toYaml(Settings settings, List<OptionGroup> groups) {
    var yaml = new StringBuilder();
    bySection(groups)
        .forEach(
            (section, options) -> {
              yaml.append(section).append(":\n");
              for (Option<?> option : options) {
                if (option.alternative().isEmpty() || settings.isGiven(option)) {
                  appendLine(yaml, option, settings);
                }
              }
            });
    return yaml.toString();
  }

  static Map<String, List<Option<?>>> bySection(List<OptionGroup> groups) {
    Map<String, List<Option<?>>> sections = new LinkedHashMap<>();
    for (OptionGroup group : groups) {
      for (Option<?> option : group.options()) {
        sections.computeIfAbsent(option.section(), name -> new ArrayList<>()).add(option);
      }
    }
    return sections;
  }

  private static <T> void appendLine(StringBuilder yaml, Option<T> option, Settings settings) {
    T value = settings.get(option);
    var text = option.type().toText(value);
    boolean isCollection = value instanceof List || value instanceof Map;
    yaml.append("  ")
        .append(option.key().substring(option.section().length() + 1))
        .append(": ")
        .append(isCollection ? text : scalar(text))
        .append('\n');
  }

  private static String scalar(String text) {
    if (PLAIN.matcher(text).matches()
        && !text.contains(": ")
        && !text.endsWith(":")
        && !text.endsWith(" ")) {
      return text;
    }
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
