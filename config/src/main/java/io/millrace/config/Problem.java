package io.millrace.config;

/**
 * One mistake in a configuration.
 *
 * @param place where: {@code millrace.yaml:12: trainer.batch-size}
 * @param text what was found and what was expected
 */
public record Problem(String place, String text) {
  @Override
  public String toString() {
    return place + ": " + text;
  }
}
