package io.millrace.app.command;

import io.millrace.app.ingest.EmbeddedIngest;
import io.millrace.app.ingest.IngestProgress;
import io.millrace.app.kafka.Topics;
import io.millrace.app.terminal.Interruption;
import io.millrace.app.terminal.Output;
import io.millrace.config.Settings;
import io.millrace.flink.IngestJob;
import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestOptions;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace ingest}. */
@Command(
    name = "ingest",
    description = {
      "Write what is logged into the replay store, exactly once.",
      "With a Flink of its own, until Ctrl-C, or as a job on a Flink cluster. With --json, one"
          + " object for each line of status.",
      ""
    })
final class IngestCommand implements Callable<Integer> {
  private static final Pattern ADDRESS = Pattern.compile("(\\S+):([0-9]{1,5})");

  @Mixin private CommonOptions common;
  @Mixin private ConfigurationOption configuration;
  @Spec private CommandSpec spec;

  @Option(
      names = "--jobmanager",
      paramLabel = "HOST:PORT",
      description =
          "Submit the job to this Flink cluster (its REST address) and exit. The cluster must see"
              + " store.path.")
  private String jobManager;

  @Option(
      names = "--jar",
      paramLabel = "FILE",
      description = "With --jobmanager: the job's jar (default: the one built with this command).")
  private Path jar;

  @Option(
      names = "--status-seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "Seconds between lines of status (default: ${DEFAULT-VALUE}).")
  private int statusSeconds;

  @Override
  public Integer call() throws Exception {
    var settings = configuration.settings();
    var config = IngestOptions.config(settings);
    try (var topics = Topics.open(settings)) {
      topics.createMissing(settings);
    }
    if (jobManager == null) {
      ingestHere(settings, config, common.output());
    } else {
      submit(config, common.output());
    }
    return 0;
  }

  private void submit(IngestConfig config, Output output) throws Exception {
    var address = ADDRESS.matcher(jobManager);
    if (!address.matches()) {
      throw new ParameterException(
          spec.commandLine(), "--jobmanager: expected host:port, got " + jobManager);
    }
    var file = jar == null ? builtJar() : jar;
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure("the job's jar " + file + " is not there; name it with --jar");
    }
    var environment =
        StreamExecutionEnvironment.createRemoteEnvironment(
            address.group(1), Integer.parseInt(address.group(2)), file.toString());
    var job = IngestJob.executeAsync(environment, config);
    output.object(Map.of("jobId", job.getJobID().toString(), "jobManager", jobManager));
    output.line("job " + job.getJobID() + " runs on " + jobManager);
  }

  private static Path builtJar() {
    return Path.of(
        System.getProperty("millrace.home", "."), "flink-jobs", "target", "millrace-ingest.jar");
  }

  private void ingestHere(Settings settings, IngestConfig config, Output output) throws Exception {
    Interruption.listen();
    try (var job = EmbeddedIngest.start(config);
        var topics = Topics.open(settings)) {
      var manifests = ManifestLog.open(new StoreLayout(config.store()));
      output.line("ingesting " + config.topic() + " into " + config.store() + "; Ctrl-C stops");
      while (job.isRunning() && !Interruption.await(Duration.ofSeconds(statusSeconds))) {
        print(IngestProgress.read(manifests, topics, config.topic()), output);
      }
      if (job.isRunning()) {
        job.stop();
      }
      print(IngestProgress.read(manifests, topics, config.topic()), output);
    }
  }

  private static void print(IngestProgress progress, Output output) {
    output.object(progress);
    output.line(
        String.format(
            Locale.ROOT,
            "%d rows stored, %d dead-lettered, %d to go",
            progress.rowsStored(),
            progress.rowsRejected(),
            progress.lag()));
  }
}
