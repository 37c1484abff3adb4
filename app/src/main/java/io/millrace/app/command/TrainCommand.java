package io.millrace.app.command;

import io.millrace.app.kafka.Topics;
import io.millrace.app.terminal.Interruption;
import io.millrace.app.terminal.Output;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.trainer.Trainer;
import io.millrace.trainer.TrainerConfig;
import io.millrace.trainer.TrainerListener;
import io.millrace.trainer.TrainerOptions;
import io.millrace.trainer.TrainerStatus;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace train}. */
@Command(
    name = "train",
    description = {
      "Train on the replay store and publish policies.",
      "Until Ctrl-C or the last update; goes on from the last checkpoint. With --json, one object"
          + " for each line of status.",
      ""
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private ConfigurationOption configuration;

  @Option(
      names = "--max-updates",
      paramLabel = "N",
      description = "Update to stop after (default: trainer.max-updates).")
  private Long maxUpdates;

  @Option(
      names = "--status-seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "Seconds between lines of status (default: ${DEFAULT-VALUE}).")
  private int statusSeconds;

  @Override
  public Integer call() throws Exception {
    var settings = configuration.settings();
    if (maxUpdates != null) {
      settings = settings.with(TrainerOptions.MAX_UPDATES, maxUpdates);
    }
    var config = TrainerOptions.config(settings);
    if (config.publishing().isPresent()) {
      try (var topics = Topics.open(settings)) {
        topics.createMissing(settings);
      }
    }
    Interruption.listen();
    train(config, common.output());
    return 0;
  }

  private void train(TrainerConfig config, Output output) throws Exception {
    try (var trainer = Trainer.open(config, new Announcements(output))) {
      var finished = new CompletableFuture<Void>();
      var thread =
          new Thread(
              () -> {
                try {
                  trainer.run();
                  finished.complete(null);
                } catch (InterruptedException | RuntimeException | Error e) {
                  finished.completeExceptionally(e);
                }
              },
              "trainer");
      thread.start();
      boolean stopping = false;
      while (!finished.isDone()) {
        awaitStatusTime(finished, stopping);
        if (!stopping && Interruption.requested()) {
          trainer.stop();
          stopping = true;
        } else {
          print(trainer.status(), output);
        }
      }
      finished.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private void awaitStatusTime(CompletableFuture<Void> finished, boolean stopping)
      throws InterruptedException, ExecutionException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(statusSeconds);
    while ((stopping || !Interruption.requested()) && System.nanoTime() < deadline) {
      try {
        finished.get(100, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        // not finished: looks for Ctrl-C, then waits on
      }
    }
  }

  private static void print(TrainerStatus status, Output output) {
    output.object(status);
    output.line(
        String.format(
            Locale.ROOT,
            "%s  update %d  %.1f updates/s  %d rows of %d  revision %d",
            status.phase().name().toLowerCase(Locale.ROOT).replace('_', ' '),
            status.update(),
            status.updatesPerSecond(),
            status.rows(),
            status.storeRows(),
            status.revision()));
  }

  /** What happens once in a while is said at once. */
  private record Announcements(Output output) implements TrainerListener {
    @Override
    public void published(PolicySnapshotHeader header) {
      output.line(
          "published "
              + header.getPolicyId()
              + " revision "
              + header.getRevision()
              + " of update "
              + header.getUpdate());
    }

    @Override
    public void publishFailed(long update, Exception cause) {
      output.note("update " + update + " could not be published: " + Failures.sentence(cause));
    }
  }
}
