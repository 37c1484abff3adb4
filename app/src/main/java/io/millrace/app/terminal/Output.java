package io.millrace.app.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/**
 * Standard output and error of a command. What a person reads is left out when a machine reads, and
 * the other way round; progress goes to standard error.
 */
public final class Output {
  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new Jdk8Module());

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  public Output(PrintWriter out, PrintWriter err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /** Whether a machine reads. */
  public boolean json() {
    return json;
  }

  /** Prints a line for people. */
  public void line(String text) {
    if (!json) {
      out.println(text);
      out.flush();
    }
  }

  /** Prints an object on one line for machines. */
  public void object(Object object) {
    if (json) {
      try {
        out.println(JSON.writeValueAsString(object));
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
      out.flush();
    }
  }

  /** Prints a warning or a note beside the output proper. */
  public void note(String text) {
    err.println(text);
    err.flush();
  }

  /**
   * Starts to show how far a piece of work is.
   *
   * @param task what is being done: "producing"
   * @param total steps of it, of which {@link Progress#step} tells
   * @param unit plural name of a step: "rows"
   */
  public Progress progress(String task, long total, String unit) {
    return Boolean.getBoolean("millrace.terminal")
        ? new ProgressOnTerminal(task, total, unit)
        : new ProgressInLines(err, task, total, unit);
  }
}
