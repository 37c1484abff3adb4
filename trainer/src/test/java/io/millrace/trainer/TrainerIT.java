package io.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.plants.CartPoleLog;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.ModelFormat;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.store.Commit;
import io.millrace.store.ManifestLog;
import io.millrace.store.Row;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import io.millrace.trainer.AlgorithmOptions.AlgorithmName;
import io.millrace.trainer.checkpoint.CheckpointDirectory;
import io.millrace.trainer.checkpoint.StateDigest;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On libtorch, on logged Pendulum and CartPole episodes, with a broker. */
class TrainerIT {
  private static final int ROWS = 6_000;
  private static final int MANIFESTS = 3;

  @TempDir private static Path directory;
  private static StoreLayout store;
  private static StoreLayout cartPoleStore;
  private static EmbeddedBroker broker;

  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeAll
  static void makeStoreAndBroker() throws Exception {
    store = new StoreLayout(directory.resolve("store"));
    writeRows(store, "pendulum", LoggedEpisodes.pendulumReplay(), -1);
    cartPoleStore = new StoreLayout(directory.resolve("cartpole-store"));
    writeRows(cartPoleStore, "cartpole", CartPoleLog.play(120, 1), -1);
    broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
    createTopics(broker);
  }

  private static void createTopics(EmbeddedBroker broker) throws Exception {
    broker.createTopics(
        Stream.of("pendulum", "cartpole")
            .flatMap(stream -> Stream.of(KafkaNames.policies(stream), KafkaNames.policyLog(stream)))
            .map(topic -> new NewTopic(topic, 1, (short) 1))
            .toArray(NewTopic[]::new));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** Writes rows; one may have a reward that no float can square. */
  private static void writeRows(
      StoreLayout store, String stream, LoggedEpisodes log, int hugeReward) throws IOException {
    StreamSpec spec = log.spec(stream);
    int size = spec.observationSize();
    var row = new Row(spec);
    row.policyId = "logged";
    try (var writer = SegmentWriter.open(store, spec, new WriterId("run", 0, 0))) {
      for (int i = 0; i < ROWS; i++) {
        row.offset = i;
        row.episodeId = log.episodeIds()[i];
        row.step = log.steps()[i];
        System.arraycopy(log.observations(), size * i, row.observation, 0, size);
        System.arraycopy(log.nextObservations(), size * i, row.nextObservation, 0, size);
        row.action[0] = log.actions()[i];
        row.reward = i == hugeReward ? -1e30f : log.rewards()[i];
        row.terminated = log.terminated()[i];
        row.truncated = log.truncated()[i];
        writer.append(row);
        if ((i + 1) % (ROWS / MANIFESTS) == 0) {
          var batch = writer.finish();
          ManifestLog.open(store)
              .commit(
                  new Commit(
                      "run",
                      0,
                      i,
                      KafkaNames.transitions(stream),
                      spec,
                      batch.segments(),
                      batch.sources()));
        }
      }
    }
  }

  private static TrainerConfig config(String name, boolean publish) {
    return config(name, store, publish);
  }

  private static TrainerConfig config(String name, StoreLayout store, boolean publish) {
    return TrainerOptions.config(settings(name, store, publish));
  }

  private static Settings settings(String name, StoreLayout store, boolean publish) {
    return settings(
        "{name: pendulum, observation-size: 3, action-low: [-2], action-high: [2]}",
        "policy-learning-rate: 0.0003",
        name,
        store,
        publish);
  }

  private static Settings settings(
      String stream, String algorithm, String name, StoreLayout store, boolean publish) {
    return Settings.parse(
            "test.yaml",
            """
                stream: %s
                trainer:
                  %s
                  hidden-sizes: [32, 32]
                  threads: 1
                  batch-size: 64
                  fresh-rows: 2000
                  max-updates: 300
                  checkpoint-updates: 100
                  checkpoint-interval: 1 h
                  metrics-updates: 50
                policy: {publish-updates: 100, publish-interval: 0 s}
                """
                .formatted(stream, algorithm),
            List.of(StreamOptions.GROUP, TrainerOptions.GROUP))
        .with(StreamOptions.STORE_PATH, store.root())
        .with(StreamOptions.BOOTSTRAP_SERVERS, broker.bootstrapServers())
        .with(TrainerOptions.DIRECTORY, directory.resolve(name))
        .with(TrainerOptions.READER, name)
        .with(TrainerOptions.POLICY_ID, name)
        .with(TrainerOptions.PUBLISH, publish);
  }

  private static void train(TrainerConfig config, TrainerListener listener) throws Exception {
    try (var trainer = Trainer.open(config, listener)) {
      trainer.run();
    }
  }

  private static byte[] digest(TrainerConfig config) throws IOException {
    var newest =
        CheckpointDirectory.open(config.directory().resolve("checkpoints"), 3)
            .newest()
            .orElseThrow();
    assertThat(newest.header().getUpdate()).isEqualTo(300);
    return StateDigest.sha256(newest.state());
  }

  private static List<PolicySnapshot> published(String topic, String policyId) throws Exception {
    var snapshots = new ArrayList<PolicySnapshot>();
    for (var record : CommittedRecords.of(broker.bootstrapServers(), topic)) {
      var snapshot = PolicySnapshot.parseFrom(record.value());
      if (snapshot.getHeader().getPolicyId().equals(policyId)) {
        snapshots.add(snapshot);
      }
    }
    return snapshots;
  }

  @Test
  void trainsPublishesDiesAndGoesOnToTheParametersOfARunThatNeverDied() throws Exception {
    var whole = config("whole", false);
    var statuses = new ArrayList<TrainerStatus>();
    train(
        whole,
        new TrainerListener() {
          @Override
          public void progressed(TrainerStatus status) {
            statuses.add(status);
          }
        });
    var last = statuses.get(statuses.size() - 1);
    assertThat(last.phase()).isEqualTo(TrainerStatus.Phase.STOPPED);
    assertThat(last.update()).isEqualTo(300);
    assertThat(last.rows()).isEqualTo(ROWS);
    assertThat(last.metric("td_loss").orElseThrow()).isPositive();

    var killed = config("killed", true);
    assertThatThrownBy(
            () ->
                train(
                    killed,
                    new TrainerListener() {
                      @Override
                      public void progressed(TrainerStatus status) {
                        if (status.update() == 250) {
                          throw new Crash();
                        }
                      }
                    }))
        .hasCauseInstanceOf(Crash.class);
    var went = new ArrayList<Long>();
    train(
        killed,
        new TrainerListener() {
          @Override
          public void started(String runId, long update) {
            went.add(update);
          }
        });
    assertThat(went).containsExactly(200L);
    assertThat(digest(killed)).isEqualTo(digest(whole));

    var policies = published(KafkaNames.policies("pendulum"), "killed");
    assertThat(policies).isEqualTo(published(KafkaNames.policyLog("pendulum"), "killed"));
    assertThat(policies)
        .extracting(snapshot -> snapshot.getHeader().getUpdate())
        .containsExactly(100L, 200L, 300L);
    assertThat(policies)
        .extracting(snapshot -> snapshot.getHeader().getRevision())
        .containsExactly(1L, 2L, 3L);
    assertThat(policies.get(2).getHeader().getMetricsMap()).containsKey("td_loss");
    actsWithinBounds(policies.get(2));

    var replayed =
        JournalReplay.read(killed.directory().resolve("journal"))
            .run(store, "replay", TrainerListener.NONE);
    assertThat(replayed.stateSha256()).isEqualTo(digest(killed));
    assertThat(replayed.compared()).isEqualTo(3);
    assertThat(replayed.divergedAt()).isEmpty();
  }

  @Test
  void lastPolicyThatKafkaDoesNotTakeIsReported() throws Exception {
    var own = EmbeddedBroker.start(directory.resolve("own-broker"), 0);
    createTopics(own);
    var config =
        TrainerOptions.config(
            settings("unpublished", store, true)
                .with(StreamOptions.BOOTSTRAP_SERVERS, own.bootstrapServers())
                .with(TrainerOptions.PUBLISH_TIMEOUT, Duration.ofSeconds(1))
                .with(TrainerOptions.MAX_UPDATES, 20L));
    var failed = new ArrayList<Long>();
    var phases = new ArrayList<TrainerStatus.Phase>();
    train(
        config,
        new TrainerListener() {
          @Override
          public void started(String runId, long update) {
            own.close();
          }

          @Override
          public void publishFailed(long update, Exception cause) {
            failed.add(update);
          }

          @Override
          public void progressed(TrainerStatus status) {
            phases.add(status.phase());
          }
        });
    assertThat(failed).containsExactly(20L);
    assertThat(phases).endsWith(TrainerStatus.Phase.STOPPING, TrainerStatus.Phase.STOPPED);
  }

  @ParameterizedTest
  @EnumSource(value = AlgorithmName.class, mode = EnumSource.Mode.EXCLUDE, names = "CQL_DISCRETE")
  void everyAlgorithmTrainsPublishesAndIsRepeatedFromItsJournal(AlgorithmName algorithm)
      throws Exception {
    var name = "every-" + algorithm;
    var config =
        TrainerOptions.config(
            settings(name, store, true)
                .with(AlgorithmOptions.ALGORITHM, algorithm)
                .with(TrainerOptions.MAX_UPDATES, 20L));
    train(config, TrainerListener.NONE);

    var policies = published(KafkaNames.policies("pendulum"), name);
    assertThat(policies).hasSize(1);
    assertThat(policies.get(0).getHeader().getAlgorithm())
        .isEqualTo(config.learning().algorithm().name());
    assertThat(policies.get(0).getHeader().getMetricsMap())
        .containsKeys("policy_loss", "policy_dormant_1");
    actsWithinBounds(policies.get(0));
    var replayed =
        JournalReplay.read(config.directory().resolve("journal"))
            .run(store, "replay-" + name, TrainerListener.NONE);
    assertThat(replayed.divergedAt()).isEmpty();
    assertThat(replayed.compared()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"uniform", "prioritised"})
  void discreteActionsAreTrainedPublishedAndRepeatedFromTheJournal(String sampler)
      throws Exception {
    var name = "discrete-" + sampler;
    var config =
        TrainerOptions.config(
            settings(
                    "{name: cartpole, observation-size: 4, actions: 2}",
                    "algorithm: cql-discrete\n  sampler: " + sampler,
                    name,
                    cartPoleStore,
                    true)
                .with(TrainerOptions.MAX_UPDATES, 20L));
    train(config, TrainerListener.NONE);

    var snapshot = published(KafkaNames.policies("cartpole"), name).get(0);
    assertThat(snapshot.getHeader().getAlgorithm()).isEqualTo("cql-discrete");
    assertThat(snapshot.getHeader().getModelFormat())
        .isEqualTo(ModelFormat.MODEL_FORMAT_ONNX_CATEGORICAL);
    assertThat(snapshot.getHeader().getSpecification().getDiscreteActions()).isEqualTo(2);
    assertThat(snapshot.getHeader().getMetricsMap())
        .containsKeys("conservative_gap", "critics_dormant_1");
    assertThat(action(snapshot, 0, 0, 0.1f, 0)).isIn(0f, 1f);
    var replayed =
        JournalReplay.read(config.directory().resolve("journal"))
            .run(cartPoleStore, "replay-" + name, TrainerListener.NONE);
    assertThat(replayed.divergedAt()).isEmpty();
    assertThat(replayed.compared()).isPositive();
  }

  @Test
  void rlpdMakesTwentyUpdatesARowAndRowsWaitForThem() throws Exception {
    var rows = new GrowingStore(directory.resolve("rlpd-store"), 1);
    rows.append(500, row -> row.policyRevision = 0);
    for (int manifest = 0; manifest < 8; manifest++) {
      rows.append(3, row -> row.policyRevision = 1);
    }
    var config =
        TrainerOptions.config(
            Settings.parse(
                    "rlpd.yaml",
                    """
                    stream:
                      {name: test, observation-size: 3, action-low: [-2, 0], action-high: [2, 1]}
                    trainer:
                      algorithm: sac
                      critics: 10
                      target-critics: 2
                      critic-layer-norm: true
                      hidden-sizes: [16]
                      threads: 1
                      fresh: on-policy
                      batch-size: 32
                      min-rows: 500
                      samples-per-row: 640
                      samples-per-row-band: 640
                      hold-back: true
                      max-updates: 440
                      metrics-updates: 5
                      store-poll-interval: 1 ms
                    policy: {publish: false}
                    """,
                    List.of(StreamOptions.GROUP, TrainerOptions.GROUP))
                .with(StreamOptions.STORE_PATH, rows.layout.root())
                .with(TrainerOptions.DIRECTORY, directory.resolve("rlpd")));
    var seen = new ArrayList<TrainerStatus>();
    train(
        config,
        new TrainerListener() {
          @Override
          public void progressed(TrainerStatus status) {
            seen.add(status);
          }
        });
    assertThat(seen).hasSizeGreaterThan(80);
    for (var status : seen) {
      // Never more than a row ahead; behind, a row and the manifest of three that was let in.
      long owed = 20 * (status.rows() - 500);
      assertThat(status.update()).as("%s rows", status.rows()).isBetween(owed - 20 * 4, owed + 20);
    }
    assertThat(seen.get(seen.size() - 1).metric("q_data").orElseThrow()).isFinite();
  }

  @Test
  void publishedGraphBeginsWithTheScaleThatIsInTheCheckpoint() throws Exception {
    var config =
        TrainerOptions.config(
            settings("scaled", store, true).with(SamplingOptions.NORMALISE_OBSERVATIONS, true));
    train(config, TrainerListener.NONE);
    var newest =
        CheckpointDirectory.open(config.directory().resolve("checkpoints"), 3)
            .newest()
            .orElseThrow();
    var policies = published(KafkaNames.policies("pendulum"), "scaled");
    var model = ModelProto.parseFrom(policies.get(policies.size() - 1).getModel());
    for (var name : List.of("observation_mean", "observation_deviation")) {
      var kept =
          newest.state().tensors().stream()
              .filter(tensor -> tensor.name().equals("sampling/" + name))
              .findFirst()
              .orElseThrow();
      var published =
          model.getGraph().getInitializerList().stream()
              .filter(tensor -> tensor.getName().contains(name))
              .findFirst()
              .orElseThrow();
      var values = new float[3];
      if (published.getFloatDataCount() > 0) {
        for (int i = 0; i < 3; i++) {
          values[i] = published.getFloatData(i);
        }
      } else {
        published
            .getRawData()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values);
      }
      assertThat(values).isEqualTo(kept.values());
    }
    actsWithinBounds(policies.get(policies.size() - 1));
  }

  @Test
  void divergenceStopsTrainingAndNamesTermAndRow() throws Exception {
    var broken = new StoreLayout(directory.resolve("broken"));
    writeRows(broken, "pendulum", LoggedEpisodes.pendulumReplay(), 5_500);
    var config = config("diverging", broken, false);
    assertThatThrownBy(() -> train(config, TrainerListener.NONE))
        .isInstanceOf(TrainerException.class)
        .hasMessageContaining("td_loss is not finite")
        .hasMessageContaining("in them stand out reward -1.0E30 of row 5500 (")
        .hasMessageContaining("last good checkpoint is that of update 0");
  }

  @Test
  void valuesThatRunAwayStopTrainingBeforeTheyOverflow() throws Exception {
    var runaway =
        settings("runaway", store, false)
            .with(AlgorithmOptions.CRITIC_LEARNING_RATE, 1.0)
            .with(AlgorithmOptions.POLYAK, 1.0)
            .with(TrainerOptions.METRICS_UPDATES, 10)
            .with(TrainerOptions.CHECKPOINT_UPDATES, 1L);
    assertThatThrownBy(() -> train(TrainerOptions.config(runaway), TrainerListener.NONE))
        .isInstanceOf(TrainerException.class)
        .hasMessageMatching(
            "update \\d+: q_(data|policy) is -?[0-9.e+]+, beyond the limit of 17\\d{3}[.]\\d; its 64"
                + " rows are \\d+(, \\d+){9}, …; in them stand out (.* of row \\d+ .*){3}[.]"
                + " Training has stopped; the last good checkpoint is that of update \\d+[.] .*");
    // What was left is a whole state: without the guard, training goes on from it.
    var tamed = settings("runaway", store, false).with(TrainerOptions.MAX_VALUE_FACTOR, 0.0);
    var started = new ArrayList<Long>();
    train(
        TrainerOptions.config(tamed),
        new TrainerListener() {
          @Override
          public void started(String runId, long update) {
            started.add(update);
          }
        });
    assertThat(started.get(0)).isPositive();
  }

  private static void actsWithinBounds(PolicySnapshot snapshot) throws Exception {
    assertThat(snapshot.getHeader().getHyperParametersMap())
        .containsEntry("trainer.batch-size", "64");
    assertThat(action(snapshot, 1, 0, 0.5f)).isBetween(-2f, 2f);
  }

  private static float action(PolicySnapshot snapshot, float... observation) throws Exception {
    var environment = OrtEnvironment.getEnvironment();
    try (var session = environment.createSession(snapshot.getModel().toByteArray());
        var input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(observation), new long[] {1, observation.length});
        var result = session.run(Map.of("observation", input))) {
      return ((float[][]) result.get("action").orElseThrow().getValue())[0][0];
    }
  }
}
