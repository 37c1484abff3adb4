package io.millrace.app.command;

import io.millrace.app.terminal.Output;
import io.millrace.app.terminal.Progress;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.JournalReplay;
import io.millrace.trainer.TrainerListener;
import io.millrace.trainer.TrainerStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace replay}. */
@Command(
    name = "replay",
    description = {
      "Repeat a training run from its journal and a store.",
      "Compares each digest in the journal on the way; exits with 1 if one differs. Neither"
          + " trainer nor broker is needed, and neither journal nor rows are changed.",
      ""
    })
final class ReplayCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Option(
      names = "--journal",
      required = true,
      paramLabel = "FILE",
      description = "File 'journal' of a trainer.directory, or a copy.")
  private Path journal;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "Replay store with the rows of the run, or a copy.")
  private Path directory;

  /**
   * What is printed.
   *
   * @param update the last that the journal knows of
   * @param compared digests of the journal, up to the first that differed
   * @param divergedAt update of the first digest that differed, null if none did
   * @param stateSha256 of the state at the end
   * @param differencesOfMachine what may explain a digest that differs
   */
  record Report(
      String runId,
      long update,
      long compared,
      Long divergedAt,
      String stateSha256,
      List<String> differencesOfMachine) {
    boolean same() {
      return divergedAt == null;
    }
  }

  @Override
  public Integer call() throws Exception {
    var layout = new StoreLayout(directory);
    if (!Files.isDirectory(layout.manifests())) {
      throw new CommandFailure("no replay store in " + directory);
    }
    if (Files.isDirectory(journal)) {
      throw new CommandFailure(
          journal + ": expected the file 'journal' of a trainer.directory, got a directory");
    }
    var replay = JournalReplay.read(journal);
    var report = repeat(replay, layout, common.output());
    print(report, common.output());
    return report.same() ? 0 : MillraceCommand.FAILED;
  }

  private static Report repeat(JournalReplay replay, StoreLayout layout, Output output)
      throws IOException {
    var reader = "replay-" + ProcessHandle.current().pid();
    try (Progress bar = output.progress("replaying", replay.lastUpdate(), "updates")) {
      var result = replay.run(layout, reader, new Steps(bar));
      return new Report(
          result.runId(),
          result.update(),
          result.compared(),
          result.divergedAt().isPresent() ? result.divergedAt().getAsLong() : null,
          HexFormat.of().formatHex(result.stateSha256()),
          replay.differencesOfMachine());
    } finally {
      delete(layout.reader(reader));
    }
  }

  private static void print(Report report, Output output) {
    output.object(report);
    output.line("run        " + report.runId());
    output.line("update     " + report.update());
    output.line("state      sha256 " + report.stateSha256());
    output.line("digests    " + report.compared() + " of the journal compared");
    if (report.compared() == 0) {
      output.line("The journal has no digest yet, so nothing is known of the run's parameters.");
    } else if (report.same()) {
      output.line("The same, bit for bit.");
    } else {
      output.line(
          "DIFFERENT at update " + report.divergedAt() + ", or since the digest before it.");
      report.differencesOfMachine().forEach(output::line);
    }
  }

  private static void delete(Path reader) throws IOException {
    if (!Files.exists(reader)) {
      return;
    }
    List<Path> files;
    try (var walk = Files.walk(reader)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (var file : files) {
      Files.delete(file);
    }
  }

  /** Moves a bar by the updates that were repeated. */
  private static final class Steps implements TrainerListener {
    private final Progress bar;
    private long update;

    Steps(Progress bar) {
      this.bar = bar;
    }

    @Override
    public void progressed(TrainerStatus status) {
      bar.step(status.update() - update);
      update = status.update();
    }
  }
}
