package io.millrace.app.command;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs a command in this JVM and keeps what it prints. */
record CommandLineHarness(int exitCode, String out, String err) {
  static CommandLineHarness run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        MillraceCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    return new CommandLineHarness(exitCode, out.toString(), err.toString());
  }
}
