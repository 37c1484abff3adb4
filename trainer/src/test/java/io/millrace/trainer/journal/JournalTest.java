package io.millrace.trainer.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.v1.JournalRecord;
import io.millrace.schemas.v1.RowsTaken;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.schemas.v1.TrainingStarted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("journal");
  }

  private static JournalRecord started() {
    return JournalRecord.newBuilder()
        .setStarted(TrainingStarted.newBuilder().setRunId("r").putLearning("a", "1"))
        .build();
  }

  private static JournalRecord rows(long update, long sequence) {
    return JournalRecord.newBuilder()
        .setRowsTaken(
            RowsTaken.newBuilder()
                .setUpdate(update)
                .setPosition(
                    StorePosition.newBuilder()
                        .setManifestSequence(sequence)
                        .setRows(100 * sequence)))
        .build();
  }

  private List<JournalRecord> write(int rowRecords) throws IOException {
    var written = new ArrayList<>(List.of(started()));
    try (var journal = Journal.create(file, started())) {
      for (int i = 1; i <= rowRecords; i++) {
        written.add(rows(10L * i, i));
        journal.append(rows(10L * i, i));
      }
    }
    return written;
  }

  private List<JournalRecord> reopen() throws IOException {
    var read = new ArrayList<JournalRecord>();
    Journal.open(file, read::add).close();
    return read;
  }

  @Test
  void isReadBackAndGoesOnAtItsEnd() throws IOException {
    var written = write(3);
    var read = new ArrayList<JournalRecord>();
    try (var journal = Journal.open(file, read::add)) {
      assertThat(read).isEqualTo(written);
      journal.append(rows(99, 4));
    }
    written.add(rows(99, 4));
    assertThat(reopen()).isEqualTo(written);
  }

  @Test
  void whereverItIsCutTheWholeRecordsBeforeStay() throws IOException {
    var written = write(3);
    var bytes = Files.readAllBytes(file);
    for (int length = lengthWith(0); length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      var read = reopen();
      assertThat(read).as("cut to %s", length).isEqualTo(written.subList(0, read.size()));
      assertThat(read).hasSizeGreaterThanOrEqualTo(1).hasSizeLessThan(4);
      try (var journal = Journal.open(file, entry -> {})) {
        journal.append(rows(5, 5));
      }
      assertThat(reopen()).hasSize(read.size() + 1).endsWith(rows(5, 5));
    }
  }

  private int lengthWith(int rowRecords) throws IOException {
    var other = directory.resolve("other");
    try (var journal = Journal.create(other, started())) {
      for (int i = 1; i <= rowRecords; i++) {
        journal.append(rows(10L * i, i));
      }
    }
    return (int) Files.size(other);
  }

  @Test
  void zerosOrADamagedRecordAtItsEndAreATornTail() throws IOException {
    var written = write(2);
    var bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 5_000));
    assertThat(reopen()).isEqualTo(written);

    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThat(reopen()).isEqualTo(written.subList(0, 2));
  }

  @Test
  void damageBeforeTheEndIsAnErrorThatNamesThePlace() throws IOException {
    write(3);
    var bytes = Files.readAllBytes(file);
    bytes[lengthWith(1) - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(this::reopen)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("damaged at byte " + lengthWith(0))
        .hasMessageContaining("wrong checksum");
    assertThat(Files.size(file)).as("nothing is cut off").isEqualTo(bytes.length);
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Files.writeString(file, "not a journal at all");
    assertThatThrownBy(this::reopen).hasMessageContaining("not a journal");
    Files.write(file, "MLRJRNAL\0\0\0\2".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertThatThrownBy(this::reopen).hasMessageContaining("version 2");
  }
}
