package io.millrace.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.EmbeddedBroker;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.trainer.CommittedRecords;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyTopicsIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int MAX_RECORD_BYTES = 300_000;

  @TempDir private static Path directory;
  private static EmbeddedBroker broker;
  private static Map<String, Object> kafka;

  @BeforeAll
  static void startBroker() throws IOException {
    broker = EmbeddedBroker.start(directory, 0);
    kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private static void createTopics(String stream) throws Exception {
    broker.createTopics(
        new NewTopic(KafkaNames.policies(stream), 1, (short) 1)
            .configs(
                Map.of(
                    "cleanup.policy",
                    "compact",
                    "max.message.bytes",
                    String.valueOf(MAX_RECORD_BYTES))),
        new NewTopic(KafkaNames.policyLog(stream), 1, (short) 1)
            .configs(Map.of("max.message.bytes", "400000")));
  }

  private static PolicyTopics topics(String stream) {
    return new PolicyTopics(stream, "main", kafka, TIMEOUT);
  }

  private static PolicySnapshotHeader draft(String run, long update) {
    return PolicySnapshotHeader.newBuilder()
        .setPolicyId("main")
        .setRunId(run)
        .setUpdate(update)
        .build();
  }

  private static byte[] model(int content) {
    return new byte[] {1, 2, (byte) content};
  }

  /** What a reader of committed records sees. */
  private static List<PolicySnapshot> read(String topic) throws Exception {
    var snapshots = new ArrayList<PolicySnapshot>();
    for (var record : CommittedRecords.of(broker.bootstrapServers(), topic)) {
      assertThat(record.key()).isEqualTo("main".getBytes(StandardCharsets.UTF_8));
      snapshots.add(PolicySnapshot.parseFrom(record.value()));
    }
    return snapshots;
  }

  private static List<Long> revisions(String topic) throws Exception {
    return read(topic).stream().map(snapshot -> snapshot.getHeader().getRevision()).toList();
  }

  @Test
  void snapshotsGoToBothTopicsAndRevisionsGoOnAfterARestart() throws Exception {
    createTopics("both");
    try (var topics = topics("both")) {
      assertThat(topics.connect()).isEmpty();
      topics.publish(draft("r", 10), model(1));
      topics.publish(draft("r", 20), model(2));
    }
    try (var topics = topics("both")) {
      assertThat(topics.connect().orElseThrow().getRevision()).isEqualTo(2);
      var header = topics.publish(draft("r", 30), model(3)).orElseThrow();
      assertThat(header.getRevision()).isEqualTo(3);
      assertThat(header.getModelSha256().toByteArray()).isEqualTo(Sha256.of(model(3)));
    }
    var policies = read(KafkaNames.policies("both"));
    assertThat(policies).isEqualTo(read(KafkaNames.policyLog("both")));
    assertThat(policies).extracting(s -> s.getHeader().getRevision()).containsExactly(1L, 2L, 3L);
    assertThat(policies.get(2).getModel().toByteArray()).isEqualTo(model(3));
  }

  @Test
  void whatARunPublishedBeforeACrashIsNotPublishedAgain() throws Exception {
    createTopics("again");
    try (var topics = topics("again")) {
      topics.publish(draft("r", 10), model(1));
      topics.publish(draft("r", 20), model(2));
    }
    try (var topics = topics("again")) {
      assertThat(topics.publish(draft("r", 10), model(1))).isEmpty();
      assertThat(topics.publish(draft("r", 20), model(2))).isEmpty();
      assertThat(topics.publish(draft("r", 20), model(9)).map(PolicySnapshotHeader::getRevision))
          .as("other options, so another model at the same update")
          .isEqualTo(Optional.of(3L));
      assertThat(
              topics.publish(draft("new run", 5), model(4)).map(PolicySnapshotHeader::getRevision))
          .isEqualTo(Optional.of(4L));
    }
    assertThat(revisions(KafkaNames.policies("again"))).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void transactionThatATrainerDiedInIsSeenOnNeitherTopic() throws Exception {
    createTopics("torn");
    try (var topics = topics("torn");
        var dying =
            new KafkaProducer<byte[], byte[]>(
                Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    "transactional.id",
                    "millrace-policy-torn-main",
                    "key.serializer",
                    ByteArraySerializer.class,
                    "value.serializer",
                    ByteArraySerializer.class))) {
      dying.initTransactions();
      dying.beginTransaction();
      var value =
          PolicySnapshot.newBuilder()
              .setHeader(draft("r", 10).toBuilder().setRevision(1))
              .build()
              .toByteArray();
      dying
          .send(
              new ProducerRecord<>(
                  KafkaNames.policies("torn"), "main".getBytes(StandardCharsets.UTF_8), value))
          .get();
      assertThat(topics.publish(draft("r", 20), model(2)).orElseThrow().getRevision()).isEqualTo(1);
      assertThat(revisions(KafkaNames.policies("torn"))).containsExactly(1L);
      assertThat(revisions(KafkaNames.policyLog("torn"))).containsExactly(1L);
    }
  }

  @Test
  void ofTwoTrainersOneStops() throws Exception {
    createTopics("two");
    try (var first = topics("two");
        var second = topics("two")) {
      first.publish(draft("a", 10), model(1));
      second.publish(draft("b", 10), model(2));
      assertThatThrownBy(() -> publishUntilKnown(first))
          .isInstanceOf(PolicyTakenOverException.class)
          .hasMessageContaining("revision 2")
          .hasMessageContaining("run b");
    }
    assertThat(revisions(KafkaNames.policies("two"))).containsExactly(1L, 2L);
  }

  /** The first attempt finds itself fenced off, the next one by whom. */
  private static void publishUntilKnown(PolicyTopics topics) throws InterruptedException {
    try {
      topics.publish(draft("a", 20), model(3));
    } catch (PublishException e) {
      topics.publish(draft("a", 20), model(3));
    }
  }

  @Test
  void snapshotThatIsTooLargeForATopicIsRefusedWithTheNumbers() throws Exception {
    createTopics("large");
    try (var topics = topics("large")) {
      assertThatThrownBy(() -> topics.checkModelSize(draft("r", 0), MAX_RECORD_BYTES))
          .isInstanceOf(PublishException.class)
          .hasMessageContaining("max.message.bytes is " + MAX_RECORD_BYTES);
      assertThatThrownBy(() -> topics.publish(draft("r", 1), new byte[MAX_RECORD_BYTES]))
          .isInstanceOf(PublishException.class)
          .hasMessageContaining("max.message.bytes is " + MAX_RECORD_BYTES);
      assertThat(topics.publish(draft("r", 2), new byte[MAX_RECORD_BYTES - 2_000]))
          .as("one that just fits")
          .isPresent();
    }
  }

  @Test
  void missingTopicsAreNamed() {
    try (var topics = topics("missing")) {
      assertThatThrownBy(topics::connect)
          .isInstanceOf(PublishException.class)
          .hasMessageContaining("missing.policies")
          .hasMessageContaining("millrace topics create");
    }
  }

  @Test
  void clusterThatDoesNotAnswerIsNamed() {
    try (var topics =
        new PolicyTopics(
            "both", "main", Map.of("bootstrap.servers", "127.0.0.1:1"), Duration.ofSeconds(1))) {
      assertThatThrownBy(topics::connect)
          .isInstanceOf(PublishException.class)
          .hasMessageContaining("127.0.0.1:1");
    }
  }
}
