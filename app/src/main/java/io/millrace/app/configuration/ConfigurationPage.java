package io.millrace.app.configuration;

import io.millrace.config.Option;
import io.millrace.config.OptionGroup;
import java.util.List;
import java.util.Locale;

/** The documentation's page of options, written from the options themselves. */
public final class ConfigurationPage {
  private ConfigurationPage() {}

  /** The page in Markdown: a table for each section of the file. */
  public static String markdown(List<OptionGroup> groups) {
    var page = new StringBuilder();
    page.append(
        """
        # Configuration

        One YAML file configures every part of Millrace; each part reads the sections that concern it. `millrace config
        validate` reports all mistakes of a file at once, with their lines, and `millrace config show` prints every
        value in force. Paths are relative to the directory that a command is started in. This page is written by
        `millrace config docs`.
        """);
    EffectiveConfiguration.bySection(groups)
        .forEach(
            (section, options) -> {
              page.append("\n## `").append(section).append("`\n\n");
              page.append("| option | default | expected | what it is for |\n");
              page.append("| --- | --- | --- | --- |\n");
              options.forEach(option -> appendRow(page, option));
            });
    return page.toString();
  }

  private static <T> void appendRow(StringBuilder page, Option<T> option) {
    var byDefault =
        option
            .alternative()
            .map(other -> "*mandatory without `" + other + "`*")
            .or(() -> option.defaultValue().map(value -> code(option.type().toText(value))))
            .orElse("*mandatory*");
    page.append(
        String.format(
            Locale.ROOT,
            "| `%s` | %s | %s | %s |%n",
            option.key(),
            byDefault,
            cell(option.expectation()),
            cell(option.description())));
  }

  private static String code(String text) {
    return text.isEmpty() ? "*empty*" : "`" + cell(text) + "`";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }
}
