package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The documentation's page of commands, written from their help: what {@code --help} prints. */
@Command(
    name = "generate-command-page",
    hidden = true,
    description = {"Print the documentation of all commands, as Markdown.", ""})
final class CommandPage implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().print(markdown());
    spec.commandLine().getOut().flush();
  }

  static String markdown() {
    var page = new StringBuilder();
    page.append(
        """
        # Commands

        What `millrace COMMAND --help` prints, for every command. `source <(bin/millrace generate-completion)` gives a
        shell (bash, zsh) completion of commands and options. This page is written by `millrace generate-command-page`.
        """);
    for (CommandLine line : visible(MillraceCommand.commandLine())) {
      page.append("\n## `").append(line.getCommandSpec().qualifiedName()).append("`\n\n```\n");
      page.append(line.getUsageMessage(Ansi.OFF).stripTrailing()).append("\n```\n");
    }
    return page.toString();
  }

  private static List<CommandLine> visible(CommandLine line) {
    List<CommandLine> lines = new ArrayList<>(List.of(line));
    line.getSubcommands().values().stream()
        .filter(verb -> !verb.getCommandSpec().usageMessage().hidden())
        .forEach(verb -> lines.addAll(visible(verb)));
    return lines;
  }
}
