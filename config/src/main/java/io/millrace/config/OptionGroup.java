package io.millrace.config;

import java.util.List;

/**
 * The options of one part of Millrace, and what must hold between them.
 *
 * @param options the options, in the order of the documentation
 * @param check looks at options together once each is fine by itself
 */
public record OptionGroup(List<Option<?>> options, Check check) {
  /** Finds what is wrong between options that are each fine by themselves. */
  @FunctionalInterface
  public interface Check {
    /** Calls {@code problems.add(option, text)} for each mistake. */
    void run(Settings settings, Problems problems);
  }

  /** Where a check puts what it finds. */
  @FunctionalInterface
  public interface Problems {
    /**
     * Adds a mistake.
     *
     * @param option the option to look at first
     * @param text what was found and what was expected
     */
    void add(Option<?> option, String text);
  }

  public OptionGroup {
    options = List.copyOf(options);
  }

  /** Options that do not depend on each other. */
  public static OptionGroup of(Option<?>... options) {
    return new OptionGroup(List.of(options), (settings, problems) -> {});
  }
}
