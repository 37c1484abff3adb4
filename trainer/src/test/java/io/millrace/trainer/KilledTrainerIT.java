package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.trainer.checkpoint.CheckpointDirectory;
import io.millrace.trainer.checkpoint.StateDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code kill -9} does to a trainer in its own JVM, with libtorch and a broker: nothing.
 *
 * <p>How often and over how long: {@code -Dmillrace.kills=20 -Dmillrace.updates=20000
 * -Dmillrace.seed=1} on Maven's command line.
 */
class KilledTrainerIT {
  private static final int KILLS = Integer.getInteger("millrace.kills", 4);
  private static final long UPDATES = Long.getLong("millrace.updates", 1_200);
  private static final long SEED = Long.getLong("millrace.seed", 1);
  private static final int CHECKPOINT_UPDATES = 50;
  private static final int PUBLISH_UPDATES = 40;

  @TempDir private static Path directory;
  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
    broker.createTopics(
        new NewTopic(KafkaNames.policies("test"), 1, (short) 1),
        new NewTopic(KafkaNames.policyLog("test"), 1, (short) 1));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private static Path config(String name, GrowingStore store) throws IOException {
    return Files.writeString(
        directory.resolve(name + ".yaml"),
        """
        stream: {name: test, observation-size: 3, action-low: [-2, 0], action-high: [2, 1]}
        kafka: {bootstrap-servers: "%s"}
        store: {path: "%s"}
        trainer:
          directory: "%s"
          reader: "%s"
          hidden-sizes: [16, 16]
          sampled-actions: 2
          threads: 1
          batch-size: 16
          fresh-rows: 500
          history-rows: 1000
          min-rows: 100
          samples-per-row: 0
          max-updates: %d
          checkpoint-updates: %d
          checkpoint-interval: 1 h
          metrics-updates: 5
          store-poll-interval: 20 ms
        policy: {id: "%s", publish-updates: %d, publish-interval: 0 s}
        """
            .formatted(
                broker.bootstrapServers(),
                store.layout.root(),
                directory.resolve(name),
                name,
                UPDATES,
                CHECKPOINT_UPDATES,
                name,
                PUBLISH_UPDATES));
  }

  /** Trains to the end with so many kills, and returns the digest of the last state. */
  private static ByteString train(String name, GrowingStore store, int kills, LongConsumer told)
      throws Exception {
    var config = config(name, store);
    var work = directory.resolve(name);
    var killer = new TrainerKiller(config, work, directory.resolve(name + ".log"), SEED, told);
    // The last stretch is left to the process that comes to the end.
    killer.run(kills, UPDATES - 2 * CHECKPOINT_UPDATES);
    System.out.printf(
        "%s: seed %d, %d updates, kills %s, of them %d left an unfinished checkpoint%n",
        name, SEED, UPDATES, killer.kills(), killer.tornCheckpoints());
    assertThat(killer.kills().values().stream().mapToInt(count -> count).sum()).isEqualTo(kills);
    var newest = CheckpointDirectory.open(work.resolve("checkpoints"), 3).newest().orElseThrow();
    assertThat(newest.header().getUpdate()).isEqualTo(UPDATES);
    return ByteString.copyFrom(StateDigest.sha256(newest.state()));
  }

  private static JournalReplay.Result replayed(String name, GrowingStore store) throws IOException {
    return JournalReplay.read(directory.resolve(name).resolve("journal"))
        .run(store.layout, "replay-" + name, TrainerListener.NONE);
  }

  @Test
  void killedTrainerEndsWithTheParametersOfOneThatNeverWas() throws Exception {
    var store = new GrowingStore(directory.resolve("store"), 1);
    store.append(1_500);
    store.append(500);
    var whole = train("whole", store, 0, update -> {});
    var killed = train("killed", store, KILLS, update -> {});
    assertThat(killed).as("seed %s", SEED).isEqualTo(whole);

    var log = published(KafkaNames.policyLog("test"), "killed");
    Map<Long, ByteString> models = new HashMap<>();
    published(KafkaNames.policyLog("test"), "whole")
        .forEach(header -> models.put(header.getUpdate(), header.getModelSha256()));
    assertThat(log.get(log.size() - 1).getUpdate()).isEqualTo(UPDATES);
    for (int i = 0; i < log.size(); i++) {
      var header = log.get(i);
      assertThat(header.getRevision()).isEqualTo(i + 1L);
      assertThat(header.getUpdate())
          .as("no update is published twice")
          .isGreaterThan(i == 0 ? 0 : log.get(i - 1).getUpdate());
      // Of policies that come up while another is under way, only the newest is published.
      assertThat(header.getModelSha256())
          .isEqualTo(models.getOrDefault(header.getUpdate(), header.getModelSha256()));
    }
  }

  @Test
  void killedTrainerThatFollowsALiveStoreIsRepeatedByItsJournal() throws Exception {
    var store = new GrowingStore(directory.resolve("live-store"), 2);
    store.append(200);
    var stream = new LiveRows(store);
    var live = train("live", store, Math.max(1, KILLS / 2), stream::told);
    stream.check();
    assertThat(store.rows()).isGreaterThan(200 + UPDATES / LiveRows.UPDATES_BETWEEN);
    var replayed = replayed("live", store);
    assertThat(replayed.divergedAt()).as("seed %s", SEED).isEmpty();
    assertThat(replayed.compared()).isGreaterThanOrEqualTo(UPDATES / CHECKPOINT_UPDATES);
    assertThat(ByteString.copyFrom(replayed.stateSha256())).isEqualTo(live);
  }

  /**
   * Rows that come in while trainers live and die: some whenever one has gone so many updates
   * further, or begins again further back.
   */
  private static final class LiveRows {
    static final int UPDATES_BETWEEN = 10;

    private final GrowingStore store;
    private long last = -UPDATES_BETWEEN;
    private Optional<IOException> failure = Optional.empty();

    LiveRows(GrowingStore store) {
      this.store = store;
    }

    synchronized void told(long update) {
      if (Math.abs(update - last) < UPDATES_BETWEEN) {
        return;
      }
      last = update;
      try {
        store.append(23);
      } catch (IOException e) {
        failure = Optional.of(e);
      }
    }

    synchronized void check() throws IOException {
      if (failure.isPresent()) {
        throw failure.get();
      }
    }
  }

  private static List<PolicySnapshotHeader> published(String topic, String policyId)
      throws Exception {
    var headers = new ArrayList<PolicySnapshotHeader>();
    for (var record : CommittedRecords.of(broker.bootstrapServers(), topic)) {
      var header = PolicySnapshot.parseFrom(record.value()).getHeader();
      if (header.getPolicyId().equals(policyId)) {
        headers.add(header);
      }
    }
    return headers;
  }
}
