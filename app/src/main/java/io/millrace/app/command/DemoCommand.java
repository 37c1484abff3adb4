package io.millrace.app.command;

import io.millrace.app.demo.Demo;
import io.millrace.app.demo.DemoReport;
import io.millrace.app.terminal.Interruption;
import io.millrace.app.terminal.Output;
import io.millrace.config.OptionType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace demo}. */
@Command(
    name = "demo",
    description = {
      "Run the whole loop in one process and see it learn.",
      "Broker, Flink, replay store and trainer in one JVM. A recorded log is produced to Kafka and"
          + " trained on; then a fleet of simulated pendulums acts with each new policy and logs"
          + " what it does, and training goes on with that. Exits with 1 if a row was lost or"
          + " doubled or, after 5 minutes or more, if the fleet has not learned.",
      ""
    })
final class DemoCommand implements Callable<Integer>, CommonOptions.OwnLogFile {
  private static final String DEFAULT_DIRECTORY = "millrace-demo";

  @Mixin private CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Where all files go; must be empty (default: "
              + DEFAULT_DIRECTORY
              + ", or with a number after it the first that is free).")
  private Path directory;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "300s",
      converter = DurationConverter.class,
      description = "How long, such as 90s or 5min (default: ${DEFAULT-VALUE}).")
  private Duration duration;

  @Option(
      names = "--revisions",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "End once so many policies have been published, if the time is not up before; 0 for the"
              + " time alone (default: ${DEFAULT-VALUE}).")
  private long revisions;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the network, the plants and their actions (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Path defaultLogFile() {
    return directory().resolve("millrace.log");
  }

  @Override
  public Integer call() throws Exception {
    if (duration.toSeconds() < 10) {
      throw new ParameterException(
          spec.commandLine(),
          "--duration: expected 10s or more, got " + duration.toSeconds() + "s");
    }
    if (!isFree(directory())) {
      throw new ParameterException(
          spec.commandLine(),
          "directory " + directory() + " is not empty; name another with --directory");
    }
    Interruption.listen();
    Files.createDirectories(directory());
    var output = common.output();
    var report = new Demo(directory(), duration, revisions, seed, output).run();
    print(report, output);
    report.violations().forEach(violation -> output.note("NOT as it has to be: " + violation));
    return report.violations().isEmpty() ? 0 : MillraceCommand.FAILED;
  }

  private Path directory() {
    if (directory == null) {
      directory = Path.of(DEFAULT_DIRECTORY);
      for (int i = 2; !isFree(directory); i++) {
        directory = Path.of(DEFAULT_DIRECTORY + "-" + i);
      }
    }
    return directory;
  }

  private static boolean isFree(Path directory) {
    if (!Files.isDirectory(directory)) {
      return !Files.exists(directory);
    }
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static void print(DemoReport report, Output output) {
    output.object(report);
    output.line("");
    output.line(
        report.rowsProduced()
            + " records logged = "
            + report.rowsStored()
            + " rows stored + "
            + report.rowsDeadLettered()
            + " dead letters, "
            + report.duplicates()
            + " duplicates");
    output.line(
        String.format(
            Locale.ROOT,
            "%d updates (%.0f/s), %d revisions published, %d applied by the fleet",
            report.updates(),
            report.updatesPerSecond(),
            report.revisionsPublished(),
            report.revisionsApplied()));
    output.line("");
    output.line("revision  episodes  mean return");
    for (var line : report.returns()) {
      output.line(
          String.format(
              Locale.ROOT, "%8d  %8d  %11.1f", line.revision(), line.episodes(), line.mean()));
    }
    report.plot().ifPresent(plot -> output.line("\nReturn by revision, as a picture: " + plot));
  }

  /** {@code 300s}, {@code 5 min}: as in the configuration. */
  private static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return OptionType.parseDuration(text);
    }
  }
}
