package io.millrace.app.command;

import io.millrace.app.configuration.TopicOptions;
import io.millrace.app.kafka.Topics;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace topics}. */
@Command(
    name = "topics",
    description = {"Look after the stream's topics.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = TopicsCommand.Create.class)
final class TopicsCommand {
  /** {@code millrace topics create}. */
  @Command(
      name = "create",
      description = {
        "Make those of the stream's topics that are not there.",
        "The other commands do so by themselves; this is for clusters where topics are made"
            + " beforehand.",
        ""
      })
  static final class Create implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private ConfigurationOption configuration;

    @Option(
        names = "--partitions",
        paramLabel = "N",
        description = "Partitions of the transitions topic (default: topics.partitions).")
    private Integer partitions;

    @Override
    public Integer call() throws Exception {
      var settings = configuration.settings();
      if (partitions != null) {
        settings = settings.with(TopicOptions.PARTITIONS, partitions);
      }
      var output = common.output();
      try (var topics = Topics.open(settings)) {
        var made = topics.createMissing(settings);
        made.forEach((topic, isNew) -> output.line(topic + (isNew ? " made" : " was there")));
        output.object(made);
      }
      return 0;
    }
  }
}
