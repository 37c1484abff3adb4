package io.millrace.app.command;

import io.millrace.app.terminal.Interruption;
import io.millrace.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace broker}. */
@Command(
    name = "broker",
    description = {
      "Run a Kafka broker on this machine.",
      "One node (KRaft) on the loopback interface, for trying Millrace without a cluster. What it"
          + " holds survives a restart.",
      ""
    })
final class BrokerCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      defaultValue = "kafka",
      description = "Where its log is kept over restarts (default: ${DEFAULT-VALUE}).")
  private Path directory;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Port on 127.0.0.1; 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Override
  public Integer call() throws Exception {
    Interruption.listen();
    var output = common.output();
    try (var broker = EmbeddedBroker.start(directory, port)) {
      output.line(
          "Kafka runs on "
              + broker.bootstrapServers()
              + ", its log is in "
              + directory.toAbsolutePath()
              + "; Ctrl-C stops it.");
      output.object(
          Map.of(
              "bootstrapServers", broker.bootstrapServers(),
              "directory", directory.toAbsolutePath().toString()));
      Interruption.await();
    }
    return 0;
  }
}
