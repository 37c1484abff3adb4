package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.JournalRecord;
import io.millrace.store.Commit;
import io.millrace.store.ManifestLog;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import io.millrace.trainer.journal.Journal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayIT {
  private static final Path LAUNCHER =
      Path.of("..", "bin", "millrace").toAbsolutePath().normalize();
  private static final int ROWS = 1_000;
  private static final int UPDATES = 60;

  @TempDir static Path directory;
  private static Path store;
  private static Path journal;
  private static String trained;

  @BeforeAll
  static void train() throws Exception {
    store = directory.resolve("store");
    writeRows(store, ROWS);
    var config = directory.resolve("m.yaml");
    Files.writeString(
        config,
        """
        stream: {name: pendulum, observation-size: 3, action-low: [-2], action-high: [2]}
        store: {path: "%s"}
        trainer:
          directory: "%s"
          hidden-sizes: [16]
          threads: 1
          batch-size: 32
          fresh-rows: 200
          max-updates: %d
          checkpoint-updates: 20
        policy: {publish: false}
        """
            .formatted(store, directory.resolve("trainer"), UPDATES));
    var run = run("train", "--config", config.toString(), "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    var lines = run.out().lines().toList();
    trained = json(lines.get(lines.size() - 1)).get("checkpointSha256").textValue();
    journal = directory.resolve("trainer/journal");
  }

  private static void writeRows(Path root, int rows) throws IOException {
    var log = LoggedEpisodes.pendulumReplay();
    StreamSpec spec = log.spec("pendulum");
    var layout = new StoreLayout(root);
    var row = new Row(spec);
    row.policyId = "logged";
    try (var writer = SegmentWriter.open(layout, spec, new WriterId("run", 0, 0))) {
      for (int i = 0; i < rows; i++) {
        row.offset = i;
        row.episodeId = log.episodeIds()[i];
        row.step = log.steps()[i];
        System.arraycopy(log.observations(), 3 * i, row.observation, 0, 3);
        System.arraycopy(log.nextObservations(), 3 * i, row.nextObservation, 0, 3);
        row.action[0] = log.actions()[i];
        row.reward = log.rewards()[i];
        row.truncated = log.truncated()[i];
        writer.append(row);
      }
      var batch = writer.finish();
      ManifestLog.open(layout)
          .commit(
              new Commit(
                  "run", 0, 1, "pendulum.transitions", spec, batch.segments(), batch.sources()));
    }
  }

  private static CommandLineHarness run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--log-file");
    all.add(directory.resolve("test.log").toString());
    return CommandLineHarness.run(all.toArray(String[]::new));
  }

  private static CommandLineHarness replay(Path ofJournal, Path ofStore) {
    return run(
        "replay", "--json", "--journal", ofJournal.toString(), "--store", ofStore.toString());
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void aCopyElsewhereRepeatsTheRunThroughTheLauncher() throws Exception {
    var elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    writeRows(elsewhere.resolve("store"), ROWS);
    Files.copy(journal, elsewhere.resolve("copy"));
    var builder =
        new ProcessBuilder(
                LAUNCHER.toString(), "replay", "--journal", "copy", "--store", "store", "--json")
            .directory(elsewhere.toFile())
            .redirectError(elsewhere.resolve("err").toFile());
    builder.environment().put("MILLRACE_BUILD", "never");
    var process = builder.start();
    var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(elsewhere.resolve("err"))).isZero();
    var found = json(out);
    assertThat(found.get("update").longValue()).isEqualTo(UPDATES);
    // Of checkpoints 20 and 40, and of the end.
    assertThat(found.get("compared").longValue()).isEqualTo(3);
    assertThat(found.get("divergedAt").isNull()).isTrue();
    assertThat(found.get("stateSha256").textValue()).isEqualTo(trained);
    assertThat(found.get("runId").textValue()).isNotBlank();
    assertThat(Files.readString(elsewhere.resolve("err"))).contains("replaying: 60 of 60 updates");
    assertThat(elsewhere.resolve("store/readers")).isEmptyDirectory();
  }

  @Test
  void aDigestThatDiffersIsNamedAndIsAFailure() throws Exception {
    var records = new ArrayList<JournalRecord>();
    Journal.read(journal, records::add);
    var other = directory.resolve("other-digest");
    try (var written = Journal.create(other, records.get(0))) {
      for (var record : records.subList(1, records.size())) {
        var changed = record.toBuilder();
        if (record.getStateReached().getUpdate() == 40) {
          changed.getStateReachedBuilder().setStateSha256(ByteString.copyFrom(new byte[32]));
        }
        written.append(changed.build());
      }
    }
    var run = replay(other, store);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(json(run.out()).get("divergedAt").longValue()).isEqualTo(40);
    assertThat(json(run.out()).get("compared").longValue()).isEqualTo(2);

    var forPeople = run("replay", "--journal", other.toString(), "--store", store.toString());
    assertThat(forPeople.exitCode()).isEqualTo(1);
    assertThat(forPeople.out()).contains("DIFFERENT at update 40");
  }

  @Test
  void whatIsNotThereOrNotWholeIsNamed() throws Exception {
    assertFails(directory.resolve("none"), store, "none: no such file or directory");
    assertFails(directory, store, directory + ": expected the file 'journal'");
    assertFails(journal, directory.resolve("none"), "no replay store in " + directory);
    var text = Files.writeString(directory.resolve("text"), "something else");
    assertFails(text, store, text + ": not a journal of a training run");

    var bytes = Files.readAllBytes(journal);
    bytes[40] ^= 1;
    var damaged = Files.write(directory.resolve("damaged"), bytes);
    assertFails(damaged, store, damaged + ": damaged at byte 12 of " + bytes.length);
  }

  @Test
  void anotherStoreIsRefused() throws Exception {
    var smaller = directory.resolve("smaller");
    writeRows(smaller, ROWS / 2);
    assertFails(
        journal, smaller, "trained on 1000 rows up to manifest 1, and the store " + smaller);
    var empty = directory.resolve("empty");
    Files.createDirectories(new StoreLayout(empty).manifests());
    assertFails(journal, empty, "ends at 0: it is another store");
  }

  private static void assertFails(Path ofJournal, Path ofStore, String sentence) {
    var run = replay(ofJournal, ofStore);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(sentence).doesNotContain("\tat ");
  }
}
