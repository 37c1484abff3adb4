package io.millrace.app.command;

import io.millrace.app.kafka.Topics;
import io.millrace.app.kafka.TransitionLog;
import io.millrace.app.terminal.Interruption;
import io.millrace.config.StreamOptions;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.CartPoleLog;
import io.millrace.schemas.StreamSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace produce}. */
@Command(
    name = "produce",
    description = {
      "Log the episodes of a file to the transitions topic.",
      "Each row exactly once (idempotent producer), with the time of logging as its event time.",
      ""
    })
final class ProduceCommand implements Callable<Integer> {
  private static final String RECORDED_LOG = "pendulum_replay";
  private static final String PLAYED_LOG = "cartpole_mixed";
  private static final int PLAYED_EPISODES = 300;

  @Mixin private CommonOptions common;
  @Mixin private ConfigurationOption configuration;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description =
          "NumPy .npz of logged episodes, or "
              + RECORDED_LOG
              + " for the ones that come with Millrace, or "
              + PLAYED_LOG
              + " for episodes of CartPole by two poor controllers, the same each time.")
  private Path file;

  @Option(
      names = "--rate",
      paramLabel = "ROWS",
      defaultValue = "0",
      description = "Rows a second; 0 for as fast as it goes (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--policy-id",
      paramLabel = "ID",
      defaultValue = "recorded",
      description = "Policy that the rows are said to be of (default: ${DEFAULT-VALUE}).")
  private String policyId;

  /**
   * What was logged.
   *
   * @param rows that the broker acknowledged
   */
  record Produced(String topic, long rows, double seconds, double rowsPerSecond) {}

  @Override
  public Integer call() throws Exception {
    if (rate < 0) {
      throw new ParameterException(spec.commandLine(), "--rate: expected 0 or more, got " + rate);
    }
    var settings = configuration.settings();
    var episodes = read();
    requireSameRows(StreamOptions.spec(settings), episodes);
    Interruption.listen();
    var output = common.output();
    episodes
        .ignoredArrays()
        .forEach(name -> output.note(file + ": array " + name + " is not read"));
    try (var topics = Topics.open(settings)) {
      topics.createMissing(settings);
    }
    long startNanos = System.nanoTime();
    try (var log = TransitionLog.open(settings);
        var progress = output.progress("producing", episodes.rows(), "rows")) {
      long firstEpisodeId = new SplittableRandom().nextLong();
      for (int row = 0; row < episodes.rows() && !Interruption.requested(); row++) {
        awaitTurn(startNanos, row);
        log.log(episodes.toTransition(row, policyId, 0, firstEpisodeId, nowMicros()));
        progress.step(1);
      }
      log.flush();
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      var produced =
          new Produced(log.topic(), log.acknowledged(), seconds, log.acknowledged() / seconds);
      output.object(produced);
      output.line(produced.rows() + " rows logged to " + produced.topic());
      return produced.rows() == episodes.rows() ? 0 : MillraceCommand.FAILED;
    }
  }

  private LoggedEpisodes read() throws IOException {
    return switch (file.toString()) {
      case RECORDED_LOG -> LoggedEpisodes.pendulumReplay();
      case PLAYED_LOG -> CartPoleLog.play(PLAYED_EPISODES, 0);
      default -> LoggedEpisodes.read(file);
    };
  }

  private void requireSameRows(StreamSpec stream, LoggedEpisodes episodes) {
    var rows = episodes.spec(stream.stream());
    if (!rows.equals(stream)) {
      throw new CommandFailure(
          file + " has rows of " + rows + ", but the configuration has " + stream);
    }
  }

  private void awaitTurn(long startNanos, int row) throws InterruptedException {
    if (rate > 0) {
      long aheadNanos = startNanos + (long) (row * (1e9 / rate)) - System.nanoTime();
      if (aheadNanos > TimeUnit.MILLISECONDS.toNanos(1)) {
        Interruption.await(Duration.ofNanos(aheadNanos));
      }
    }
  }

  private static long nowMicros() {
    return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }
}
