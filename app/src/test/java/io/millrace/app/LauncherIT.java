package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user's shell does: {@code bin/millrace}, with what Maven has just built. */
class LauncherIT {
  private static final Path LAUNCHER =
      Path.of("..", "bin", "millrace").toAbsolutePath().normalize();

  @TempDir Path directory;

  @Test
  void runsFromAnyDirectoryAndThroughSymbolicLinks() throws Exception {
    var first = Files.createSymbolicLink(directory.resolve("first"), LAUNCHER);
    var second =
        Files.createSymbolicLink(directory.resolve("millrace"), directory.relativize(first));
    var process = start(second.toString(), "--version");
    assertThat(text(process)).startsWith("millrace ").hasLineCount(1);
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void theExitCodeOfTheCommandIsThatOfTheProcess() throws Exception {
    var process = start(LAUNCHER.toString(), "nosuch");
    assertThat(text(process)).contains("millrace: Unmatched argument").doesNotContain("\tat ");
    assertThat(process.waitFor()).isEqualTo(2);
  }

  private Process start(String... command) throws IOException {
    var builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("MILLRACE_BUILD", "never");
    return builder.start();
  }

  private static String text(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
