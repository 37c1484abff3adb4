package io.millrace.app.terminal;

/** How far a piece of work is. */
public interface Progress extends AutoCloseable {
  /** So many more steps are done. */
  void step(long steps);

  /** Ends the display. */
  @Override
  void close();
}
