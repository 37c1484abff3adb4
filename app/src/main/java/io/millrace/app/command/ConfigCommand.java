package io.millrace.app.command;

import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.app.configuration.ConfigurationPage;
import io.millrace.app.configuration.EffectiveConfiguration;
import io.millrace.config.ConfigurationException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace config}. */
@Command(
    name = "config",
    description = {"Check and explain the configuration.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ConfigCommand.Validate.class,
      ConfigCommand.Show.class,
      ConfigCommand.Docs.class
    })
final class ConfigCommand {

  /** {@code millrace config validate}. */
  @Command(
      name = "validate",
      description = {"Report every mistake in the configuration.", ""})
  static final class Validate implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private ConfigurationOption configuration;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var file = configuration.file().toString();
      try {
        configuration.settings();
      } catch (ConfigurationException e) {
        output.object(Map.of("file", file, "valid", false, "problems", e.problems()));
        throw e;
      }
      output.line(file + " is fine.");
      output.object(Map.of("file", file, "valid", true, "problems", List.of()));
      return 0;
    }
  }

  /** {@code millrace config show}. */
  @Command(
      name = "show",
      description = {"Print every option with the value it has, as YAML.", ""})
  static final class Show implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private ConfigurationOption configuration;

    @Override
    public Integer call() throws Exception {
      var settings = configuration.settings();
      common
          .output()
          .line(EffectiveConfiguration.toYaml(settings, ConfigurationFile.groups()).strip());
      common.output().object(settings.toTexts());
      return 0;
    }
  }

  /** {@code millrace config docs}. */
  @Command(
      name = "docs",
      description = {"Print the documentation of all options, as Markdown.", ""})
  static final class Docs implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
      spec.commandLine().getOut().print(ConfigurationPage.markdown(ConfigurationFile.groups()));
      spec.commandLine().getOut().flush();
    }
  }
}
