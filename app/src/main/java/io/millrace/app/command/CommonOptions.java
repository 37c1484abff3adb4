package io.millrace.app.command;

import io.millrace.app.terminal.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every verb takes. */
final class CommonOptions {
  private static final String LOG_FILE_PROPERTY = "millrace.log-file";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(names = "--json", description = "Print JSON, for machines, on standard output.")
  private boolean json;

  @Option(
      names = "--log-file",
      paramLabel = "FILE",
      description = "Where to log to (default: millrace-<verb>.log in this directory).")
  private Path logFile;

  /** Those of a verb, if it takes them. */
  static Optional<CommonOptions> of(CommandSpec verb) {
    return Optional.ofNullable(verb.mixins().get("common"))
        .map(mixin -> (CommonOptions) mixin.userObject());
  }

  Output output() {
    return new Output(verb.commandLine().getOut(), verb.commandLine().getErr(), json);
  }

  boolean json() {
    return json;
  }

  /** The file given, or else the verb's own. */
  Path logFile() {
    if (logFile != null) {
      return logFile;
    }
    if (verb.userObject() instanceof OwnLogFile owner) {
      return owner.defaultLogFile();
    }
    var name = verb.qualifiedName("-");
    return Path.of(name + ".log");
  }

  /** Directs what is logged to the file; before anything is. */
  void startLogging() {
    var file = logFile().toAbsolutePath();
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.setProperty(LOG_FILE_PROPERTY, file.toString());
  }

  /** A verb that keeps its log beside its other files. */
  interface OwnLogFile {
    Path defaultLogFile();
  }
}
