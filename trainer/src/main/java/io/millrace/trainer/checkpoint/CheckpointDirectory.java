package io.millrace.trainer.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last checkpoints of a run, one file each, named by update: {@code
 * 00000000000000012000.checkpoint}. A file is there whole or not at all.
 */
public final class CheckpointDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointDirectory.class);
  private static final Pattern NAME = Pattern.compile("([0-9]{20})\\.checkpoint");
  private static final String UNFINISHED = ".unfinished";
  private static final String DAMAGED = ".damaged";

  private final Path directory;
  private final int kept;

  private CheckpointDirectory(Path directory, int kept) {
    this.directory = directory;
    this.kept = kept;
  }

  /**
   * Opens the directory, makes it if it is not there, and removes what a crash left unfinished.
   *
   * @param kept how many checkpoints are kept
   */
  public static CheckpointDirectory open(Path directory, int kept) throws IOException {
    Files.createDirectories(directory);
    for (var file : list(directory)) {
      if (file.toString().endsWith(UNFINISHED)) {
        Files.delete(file);
      }
    }
    return new CheckpointDirectory(directory, kept);
  }

  /** Adds a checkpoint and removes the oldest beyond those that are kept. */
  public void write(Checkpoint checkpoint) throws IOException {
    var file = file(checkpoint.header().getUpdate());
    var unfinished = directory.resolve(file.getFileName() + UNFINISHED);
    Files.deleteIfExists(unfinished);
    CheckpointFile.write(unfinished, checkpoint);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
    var all = checkpoints();
    for (var old : all.subList(0, Math.max(0, all.size() - kept))) {
      Files.delete(old);
    }
  }

  /**
   * The newest that is whole. Newer ones that are not are renamed to {@code *.damaged}, each with a
   * warning.
   *
   * @throws IOException if one is of a later version, or the disk fails
   */
  public Optional<Checkpoint> newest() throws IOException {
    var all = checkpoints();
    for (int i = all.size() - 1; i >= 0; i--) {
      var file = all.get(i);
      try {
        return Optional.of(CheckpointFile.read(file));
      } catch (DamagedCheckpointException e) {
        LOG.warn("checkpoint is damaged, going on from the one before it: {}", e.getMessage());
        Files.move(
            file,
            directory.resolve(file.getFileName() + DAMAGED),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return Optional.empty();
  }

  /** Of this update. */
  Path file(long update) {
    return directory.resolve(String.format(Locale.ROOT, "%020d.checkpoint", update));
  }

  /** Oldest first. */
  private List<Path> checkpoints() throws IOException {
    return list(directory).stream()
        .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
        .sorted()
        .toList();
  }

  private static List<Path> list(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }
}
