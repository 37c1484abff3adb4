package io.millrace.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A directory for the time of a measurement: not there before it, and deleted after it. */
final class ScratchDirectory implements AutoCloseable {
  private final Path path;

  /** Deletes what an earlier measurement that was ended from outside has left. */
  ScratchDirectory(Path path) throws IOException {
    this.path = path;
    delete();
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    delete();
  }

  private void delete() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (var files = Files.walk(path)) {
      files.sorted(Comparator.reverseOrder()).forEach(ScratchDirectory::deleteOne);
    }
  }

  private static void deleteOne(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
