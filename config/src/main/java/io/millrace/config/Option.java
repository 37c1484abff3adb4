package io.millrace.config;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * One setting: its key in the YAML file, its type, its default and what it is for. The
 * configuration page of the documentation is generated from these.
 *
 * <p>Immutable: {@code withDefault}, {@code require} and {@code describedAs} return a changed copy.
 *
 * @param <T> Java type of the value
 */
public final class Option<T> {
  private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");

  private final String key;
  private final OptionType<T> type;
  private final Optional<T> defaultValue;
  private final boolean mandatory;
  private final Optional<Option<?>> alternative;
  private final Predicate<T> constraint;
  private final String constraintText;
  private final String description;

  private Option(
      String key,
      OptionType<T> type,
      Optional<T> defaultValue,
      boolean mandatory,
      Optional<Option<?>> alternative,
      Predicate<T> constraint,
      String constraintText,
      String description) {
    this.key = key;
    this.type = type;
    this.defaultValue = defaultValue;
    this.mandatory = mandatory;
    this.alternative = alternative;
    this.constraint = constraint;
    this.constraintText = constraintText;
    this.description = description;
  }

  /**
   * A mandatory option.
   *
   * @param key lower-case words joined by '-', in sections joined by '.': {@code
   *     ingest.checkpoint-interval}
   */
  public static <T> Option<T> of(String key, OptionType<T> type) {
    if (!KEY.matcher(Objects.requireNonNull(key, "key")).matches()) {
      throw new IllegalArgumentException("key '" + key + "': expected section.name in lower case");
    }
    return new Option<>(key, type, Optional.empty(), true, Optional.empty(), value -> true, "", "");
  }

  /** The same option with a default, so no longer mandatory. */
  public Option<T> withDefault(T value) {
    if (!constraint.test(value)) {
      throw new IllegalArgumentException(
          key + ": the default " + value + " is not " + constraintText);
    }
    return new Option<>(
        key, type, Optional.of(value), false, alternative, constraint, constraintText, description);
  }

  /**
   * The same option, mandatory unless another one is set in its place.
   *
   * @param value that it has then
   */
  public Option<T> unless(Option<?> other, T value) {
    return new Option<>(
        key,
        type,
        Optional.of(value),
        false,
        Optional.of(other),
        constraint,
        constraintText,
        description);
  }

  /**
   * The same option with a constraint.
   *
   * @param expected ends the sentence "expected …": {@code "1 or more"}
   */
  public Option<T> require(Predicate<T> allowed, String expected) {
    return new Option<>(
        key, type, defaultValue, mandatory, alternative, allowed, expected, description);
  }

  /** The same option with its line for the documentation. */
  public Option<T> describedAs(String text) {
    return new Option<>(
        key, type, defaultValue, mandatory, alternative, constraint, constraintText, text);
  }

  public String key() {
    return key;
  }

  /** First part of the key. */
  public String section() {
    return key.substring(0, key.indexOf('.'));
  }

  public OptionType<T> type() {
    return type;
  }

  public Optional<T> defaultValue() {
    return defaultValue;
  }

  public boolean mandatory() {
    return mandatory;
  }

  /** The option that may be set in this one's place, which is mandatory otherwise. */
  public Optional<Option<?>> alternative() {
    return alternative;
  }

  public String description() {
    return description;
  }

  /** What a value has to be, in words: type and constraint. */
  public String expectation() {
    return constraintText.isEmpty() ? type.name() : type.name() + ", " + constraintText;
  }

  boolean allows(T value) {
    return constraint.test(value);
  }

  @Override
  public String toString() {
    return key;
  }
}
