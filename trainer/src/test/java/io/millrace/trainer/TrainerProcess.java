package io.millrace.trainer;

import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A trainer in a process of its own, to be killed. Says on standard output where it is, a line
 * each: {@code started <update>}, {@code update <update>}.
 */
public final class TrainerProcess {
  private TrainerProcess() {}

  /** Trains with a configuration file to its {@code trainer.max-updates}. */
  public static void main(String[] args) throws Exception {
    var file = Path.of(args[0]);
    var config =
        TrainerOptions.config(
            Settings.parse(
                file.toString(),
                Files.readString(file),
                List.of(StreamOptions.GROUP, TrainerOptions.GROUP)));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var lines =
        new TrainerListener() {
          @Override
          public void started(String runId, long update) {
            out.println("started " + update);
          }

          @Override
          public void progressed(TrainerStatus status) {
            out.println("update " + status.update());
          }
        };
    try (var trainer = Trainer.open(config, lines)) {
      trainer.run();
    }
  }
}
