package io.millrace.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.v1.CheckpointHeader;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.algorithm.LearnerState.NamedTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointDirectoryTest {
  @TempDir private Path path;
  private CheckpointDirectory directory;

  @BeforeEach
  void open() throws IOException {
    directory = CheckpointDirectory.open(path, 3);
  }

  private static Checkpoint checkpoint(long update) {
    return new Checkpoint(
        CheckpointHeader.newBuilder()
            .setRunId("r")
            .setUpdate(update)
            .setSamples(256 * update)
            .setPosition(StorePosition.newBuilder().setManifestSequence(3).setRows(900))
            .putLearning("trainer.seed", "1")
            .build(),
        new LearnerState(
            update,
            List.of(
                new NamedTensor("w", new float[] {1.5f, -0f, Float.MIN_VALUE, update}),
                new NamedTensor("m", new float[0]),
                new NamedTensor("v", new float[] {Float.MAX_VALUE}))));
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    directory.write(checkpoint(7));
    var read = CheckpointDirectory.open(path, 3).newest().orElseThrow();
    assertThat(read.header().toBuilder().clearArrays().build()).isEqualTo(checkpoint(7).header());
    assertThat(StateDigest.sha256(read.state()))
        .isEqualTo(StateDigest.sha256(checkpoint(7).state()))
        .isNotEqualTo(StateDigest.sha256(checkpoint(8).state()));
  }

  @Test
  void keepsTheLastAndNothingUnfinished() throws IOException {
    for (long update : new long[] {5, 50, 500, 5_000}) {
      directory.write(checkpoint(update));
    }
    Files.writeString(path.resolve("00000000000000009999.checkpoint.unfinished"), "torn");
    CheckpointDirectory.open(path, 3);
    assertThat(files())
        .containsExactly(
            "00000000000000000050.checkpoint",
            "00000000000000000500.checkpoint",
            "00000000000000005000.checkpoint");
  }

  @Test
  void damagedOneIsPassedOverWhereverItIsCutOrChanged() throws IOException {
    directory.write(checkpoint(1));
    directory.write(checkpoint(2));
    var file = directory.file(2);
    var bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length += 3) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThat(newestUpdate()).as("cut to %s", length).isEqualTo(1);
    }
    // The version, bytes 8 to 11, is another error.
    for (int at = 12; at < bytes.length; at++) {
      var changed = bytes.clone();
      changed[at] ^= 0x10;
      Files.write(file, changed);
      assertThat(newestUpdate()).as("changed at %s", at).isEqualTo(1);
    }
    assertThat(files()).contains("00000000000000000002.checkpoint.damaged");
    assertThat(file).doesNotExist();
  }

  private long newestUpdate() throws IOException {
    return directory.newest().orElseThrow().header().getUpdate();
  }

  @Test
  void oneOfALaterVersionIsNotPassedOver() throws IOException {
    directory.write(checkpoint(1));
    directory.write(checkpoint(2));
    var bytes = Files.readAllBytes(directory.file(2));
    bytes[11] = 2;
    Files.write(directory.file(2), bytes);
    assertThatThrownBy(() -> directory.newest()).hasMessageContaining("version 2");
    assertThat(directory.file(2)).exists();
  }
}
