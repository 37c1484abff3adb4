package io.millrace.config;

import java.util.List;
import java.util.stream.Collectors;

/** All mistakes of a configuration. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public ConfigurationException(List<Problem> problems) {
    super(
        problems.stream()
            .map(Problem::toString)
            .collect(
                Collectors.joining(
                    "\n  ",
                    problems.size() == 1
                        ? "1 mistake in the configuration:\n  "
                        : problems.size() + " mistakes in the configuration:\n  ",
                    "")));
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }
}
