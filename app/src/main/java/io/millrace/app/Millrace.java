package io.millrace.app;

import io.millrace.app.command.MillraceCommand;
import io.millrace.app.terminal.Interruption;

/** Entry point of the {@code millrace} command. */
public final class Millrace {
  private Millrace() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Interruption.ownProcess();
    int exitCode = MillraceCommand.commandLine().execute(args);
    Interruption.finish(exitCode);
    System.exit(exitCode);
  }
}
