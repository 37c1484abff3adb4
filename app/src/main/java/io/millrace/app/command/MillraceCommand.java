package io.millrace.app.command;

import io.millrace.config.ConfigurationException;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command itself: without a verb it prints what verbs there are. */
@Command(
    name = "millrace",
    scope = CommandLine.ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = ProjectVersion.class,
    description = {
      "Retrains a policy for ever from the transitions that services log to Kafka.",
      ""
    },
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed while running; the log file has the details",
      "2:a mistake in the command line or in the configuration"
    },
    subcommands = {
      DemoCommand.class,
      BrokerCommand.class,
      TopicsCommand.class,
      ProduceCommand.class,
      IngestCommand.class,
      TrainCommand.class,
      ReplayCommand.class,
      ActCommand.class,
      PoliciesCommand.class,
      StoreCommand.class,
      ConfigCommand.class,
      GenerateCompletion.class,
      CommandPage.class
    })
public final class MillraceCommand implements Runnable {
  static final int FAILED = 1;
  static final int MISTAKE = 2;

  @Spec private CommandSpec spec;

  /** The command line, ready to execute arguments. */
  public static CommandLine commandLine() {
    return new CommandLine(new MillraceCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(MillraceCommand::execute)
        .setParameterExceptionHandler((e, args) -> mistake(e))
        .setExecutionExceptionHandler((e, line, parsed) -> failure(e, line));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static int execute(ParseResult parsed) {
    CommonOptions.of(lastVerb(parsed)).ifPresent(CommonOptions::startLogging);
    return new CommandLine.RunLast().execute(parsed);
  }

  private static CommandSpec lastVerb(ParseResult parsed) {
    return parsed.hasSubcommand() ? lastVerb(parsed.subcommand()) : parsed.commandSpec();
  }

  private static int mistake(ParameterException e) {
    var line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("millrace: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
    return MISTAKE;
  }

  private static int failure(Exception e, CommandLine line) {
    PrintWriter err = line.getErr();
    if (e instanceof ConfigurationException mistakes) {
      err.println("millrace: " + mistakes.getMessage());
      return MISTAKE;
    }
    err.println("millrace: " + Failures.sentence(e));
    var log = CommonOptions.of(line.getCommandSpec());
    if (log.isPresent() && !(e instanceof CommandFailure failure && failure.getCause() == null)) {
      LoggerFactory.getLogger(MillraceCommand.class).error("command failed", e);
      err.println("The log file has the details: " + log.get().logFile());
    }
    return FAILED;
  }
}
