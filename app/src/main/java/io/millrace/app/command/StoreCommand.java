package io.millrace.app.command;

import io.millrace.app.terminal.Output;
import io.millrace.app.terminal.Progress;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.store.ManifestLog;
import io.millrace.store.Row;
import io.millrace.store.StoreInspector;
import io.millrace.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace store}. */
@Command(
    name = "store",
    description = {"Look into the replay store.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      StoreCommand.Manifests.class,
      StoreCommand.Verify.class,
      StoreCommand.Sample.class,
      StoreCommand.Duplicates.class
    })
final class StoreCommand {
  private StoreCommand() {}

  /** Which store: that of the configuration, or one named by its directory. */
  static final class StoreOption {
    @Mixin private ConfigurationOption configuration;

    @Option(
        names = "--store",
        paramLabel = "DIR",
        description = "Directory of the store (default: store.path of the configuration).")
    private Path directory;

    StoreLayout layout() throws IOException {
      var root =
          directory == null ? configuration.settings().get(StreamOptions.STORE_PATH) : directory;
      var layout = new StoreLayout(root);
      if (!Files.isDirectory(layout.manifests())) {
        throw new CommandFailure("no replay store in " + root);
      }
      return layout;
    }
  }

  /** {@code millrace store manifests}. */
  @Command(
      name = "manifests",
      description = {"List what has been committed: one manifest a checkpoint.", ""})
  static final class Manifests implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private StoreOption store;

    /** A manifest as it is printed. */
    record Line(
        long sequence,
        String created,
        String runId,
        long checkpointId,
        String topic,
        int segments,
        long sizeBytes,
        long rows,
        long totalRows,
        long totalRejected) {
      static Line of(StoreManifest manifest) {
        return new Line(
            manifest.getSequence(),
            instant(manifest.getCreatedTimeMicros()).truncatedTo(ChronoUnit.MILLIS).toString(),
            manifest.getRunId(),
            manifest.getCheckpointId(),
            manifest.getTopic(),
            manifest.getSegmentsCount(),
            manifest.getSegmentsList().stream().mapToLong(SegmentInfo::getSizeBytes).sum(),
            manifest.getRows(),
            manifest.getTotalRows(),
            manifest.getTotalRejected());
      }
    }

    /** All manifests, and the sums of the last. */
    record Listing(String store, long rows, long rejected, List<Line> manifests) {}

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var layout = store.layout();
      var lines = ManifestLog.open(layout).after(0).stream().map(Line::of).toList();
      output.line(
          String.format(
              Locale.ROOT,
              "%8s  %-24s  %10s  %8s  %12s  %10s  %12s  %s",
              "sequence",
              "created",
              "checkpoint",
              "segments",
              "bytes",
              "rows",
              "total rows",
              "rejected"));
      for (Line line : lines) {
        output.line(
            String.format(
                Locale.ROOT,
                "%8d  %-24s  %10d  %8d  %12d  %10d  %12d  %d",
                line.sequence(),
                line.created(),
                line.checkpointId(),
                line.segments(),
                line.sizeBytes(),
                line.rows(),
                line.totalRows(),
                line.totalRejected()));
      }
      long rows = lines.isEmpty() ? 0 : lines.get(lines.size() - 1).totalRows();
      long rejected = lines.isEmpty() ? 0 : lines.get(lines.size() - 1).totalRejected();
      output.object(new Listing(layout.root().toString(), rows, rejected, lines));
      return 0;
    }
  }

  /** {@code millrace store verify}. */
  @Command(
      name = "verify",
      description = {
        "Read every committed byte, and say what is wrong.",
        "Checksums, order, rows that occur twice. Exits with 1 if the store is not sound.",
        ""
      })
  static final class Verify implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private StoreOption store;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var found = verify(store.layout(), output);
      output.object(found);
      output.line(
          String.format(
              Locale.ROOT,
              "%d manifests, %d segments, %d rows, %d rejected, %d bytes",
              found.manifests(),
              found.segments(),
              found.rows(),
              found.rejected(),
              found.sizeBytes()));
      printDuplicates(output, found.duplicates());
      found.problems().forEach(output::line);
      output.line(found.sound() ? "The store is sound." : "The store is NOT sound.");
      return found.sound() ? 0 : MillraceCommand.FAILED;
    }

    private static StoreInspector.Verification verify(StoreLayout layout, Output output)
        throws IOException {
      var bar = new VerificationProgress(output);
      try {
        return StoreInspector.verify(layout, bar::verified);
      } finally {
        bar.close();
      }
    }
  }

  /** {@code millrace store duplicates}. */
  @Command(
      name = "duplicates",
      description = {
        "Count rows that occur more than once.",
        "By Kafka offset, and by step of an episode. Exits with 1 if any do.",
        ""
      })
  static final class Duplicates implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private StoreOption store;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var found = StoreInspector.duplicates(store.layout());
      output.object(found);
      printDuplicates(output, found);
      return found.offsets() == 0 && found.steps() == 0 ? 0 : MillraceCommand.FAILED;
    }
  }

  /** {@code millrace store sample}. */
  @Command(
      name = "sample",
      description = {"Print rows drawn at random.", ""})
  static final class Sample implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private StoreOption store;

    @Option(
        names = "--rows",
        paramLabel = "N",
        defaultValue = "10",
        description = "How many (default: ${DEFAULT-VALUE}).")
    private int rows;

    @Option(
        names = "--seed",
        paramLabel = "N",
        defaultValue = "0",
        description = "The same seed draws the same rows (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      StoreInspector.sample(
          store.layout(),
          rows,
          seed,
          row -> {
            output.object(StoredRow.of(row));
            output.line(StoredRow.of(row).toString());
          });
      return 0;
    }
  }

  /** A row as it is printed; the log-probability is null where it was not logged. */
  record StoredRow(
      int partition,
      long offset,
      String eventTime,
      String episodeId,
      long step,
      String policyId,
      long policyRevision,
      List<Float> observation,
      List<Float> action,
      float reward,
      List<Float> nextObservation,
      boolean terminated,
      boolean truncated,
      Float behaviourLogProbability) {
    static StoredRow of(Row row) {
      return new StoredRow(
          row.partition,
          row.offset,
          instant(row.eventTimeMicros).toString(),
          Long.toUnsignedString(row.episodeId),
          Integer.toUnsignedLong(row.step),
          row.policyId,
          row.policyRevision,
          floats(row.observation),
          floats(row.action),
          row.reward,
          floats(row.nextObservation),
          row.terminated,
          row.truncated,
          Float.isNaN(row.behaviourLogProbability) ? null : row.behaviourLogProbability);
    }

    private static List<Float> floats(float[] array) {
      List<Float> list = new ArrayList<>(array.length);
      for (float value : array) {
        list.add(value);
      }
      return list;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d@%d  episode %s step %d  %s:%d  %s  %s → %s  reward %s%s",
          partition,
          offset,
          episodeId,
          step,
          policyId,
          policyRevision,
          observation,
          action,
          nextObservation,
          reward,
          terminated ? "  terminated" : truncated ? "  truncated" : "");
    }
  }

  /** A bar that begins when the first segment has been read, since the size is not known before. */
  private static final class VerificationProgress {
    private final Output output;
    private Progress progress;
    private long verified;

    VerificationProgress(Output output) {
      this.output = output;
    }

    void verified(long bytes, long totalBytes) {
      if (progress == null) {
        progress = output.progress("verifying", totalBytes, "bytes");
      }
      progress.step(bytes - verified);
      verified = bytes;
    }

    void close() {
      if (progress != null) {
        progress.close();
      }
    }
  }

  private static void printDuplicates(Output output, StoreInspector.Duplicates found) {
    output.line(
        found.offsets()
            + " rows have the offset of another, "
            + found.steps()
            + " have the episode and step of another");
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
