package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;
import static io.millrace.client.TestSnapshots.telling;
import static io.millrace.client.TestSnapshots.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.client.ClientHealth.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PolicyClientTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TOPIC = "plane.policies";
  private static final float[] OBSERVATION = {.5f, -.5f};

  private final List<FakeConsumer> consumers = new ArrayList<>();
  private final FakeConsumer first = new FakeConsumer();
  private PolicyClient client;

  @AfterEach
  void close() {
    if (client != null) {
      client.close();
      assertThat(client.health().loadedRevisions()).isZero();
    }
    assertThat(consumers).allMatch(MockConsumer::closed);
  }

  @Test
  void actsWithTheNewestRevision() throws Exception {
    start(first.with(3, 0));
    assertThat(client.awaitFirst(SOON).revision()).isEqualTo(3);
    Action action = client.act(OBSERVATION);
    assertThat(action.revision()).isEqualTo(3);
    assertThat(action.values()[0]).isCloseTo(told(3), within(1e-5f));
    assertThat(action.logProbability()).isNaN();
    assertThat(client.health().state()).isEqualTo(State.FOLLOWING);
    assertThat(client.current().orElseThrow().update()).isEqualTo(300);

    first.with(4, 1);
    assertThat(client.awaitRevision(4, SOON).revision()).isEqualTo(4);
    assertThat(client.act(OBSERVATION).values()[0]).isCloseTo(told(4), within(1e-5f));
  }

  @Test
  void drawsTheSameActionsFromTheSameSeed() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    var drawn = new ArrayList<Action>();
    for (int i = 0; i < 5; i++) {
      drawn.add(client.actStochastic(OBSERVATION));
    }
    // As many rows at once, by another client with the same seed.
    var secondConsumer = new FakeConsumer().with(1, 0);
    try (var second = client(new ArrayList<>(List.of(secondConsumer)))) {
      second.awaitFirst(SOON);
      ActionBatch batch =
          second.actAllStochastic(
              new float[] {.5f, -.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f});
      for (int i = 0; i < 5; i++) {
        assertThat(batch.action(i).values()).isEqualTo(drawn.get(i).values());
        assertThat(batch.action(i).logProbability()).isEqualTo(drawn.get(i).logProbability());
      }
    }
    assertThat(drawn).extracting(action -> action.values()[0]).doesNotHaveDuplicates();
    assertThat(drawn).allMatch(action -> Double.isFinite(action.logProbability()));
    var one = client.actStochastic(OBSERVATION, new SplittableRandom(4));
    var other = client.actStochastic(OBSERVATION, new SplittableRandom(4));
    assertThat(one.values()).isEqualTo(other.values());
  }

  @Test
  void aLeaseKeepsItsRevision() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    Policy lease = client.lease();
    first.with(2, 1);
    client.awaitRevision(2, SOON);
    assertThat(lease.act(OBSERVATION).revision()).isEqualTo(1);
    assertThat(client.act(OBSERVATION).revision()).isEqualTo(2);
    assertThat(client.health().loadedRevisions()).isEqualTo(2);
    lease.close();
    lease.close();
    assertThat(client.health().loadedRevisions()).isEqualTo(1);
    assertThatThrownBy(() -> lease.act(OBSERVATION))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lease of revision 1");
  }

  @Test
  void aLeaseOutlivesItsClient() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    try (Policy lease = client.lease()) {
      client.close();
      assertThat(lease.act(OBSERVATION).revision()).isEqualTo(1);
      assertThatThrownBy(() -> client.act(OBSERVATION))
          .isInstanceOf(NoPolicyException.class)
          .hasMessageContaining("CLOSED");
    }
  }

  @Test
  void refusesAnObservationThatIsNone() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    assertThatThrownBy(() -> client.act(new float[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("observation: expected 2 numbers, got 4");
    assertThatThrownBy(() -> client.actStochastic(new float[0])).hasMessageContaining("got 0");
    assertThatThrownBy(() -> client.actAll(new float[3]))
        .hasMessage("observations: expected rows of 2 numbers, got 3");
    assertThatThrownBy(() -> client.actAll(new float[0])).hasMessageContaining("got 0");
    assertThatThrownBy(() -> client.actAll(new float[] {0, 0, 0, Float.NaN}))
        .hasMessage("observation[1] of row 1: expected a finite number, got NaN");
  }

  @Test
  void saysWhichNumberOfAPolicyIsNotFinite() throws Exception {
    // Finite for every probe, but not for an observation this large.
    var graph = new TestGraph(SPEC).weight(0, 1, 1e30f);
    first.add(0, POLICY, snapshot(1, graph).toByteArray());
    start(first);
    client.awaitFirst(SOON);
    assertThatThrownBy(() -> client.actStochastic(new float[] {1e30f, 0}))
        .isInstanceOf(PolicyFailureException.class)
        .hasMessage("policy 'pilot', revision 1: computed mean[1] = Infinity for row 0");
  }

  @Test
  void saysWhatItWaitsForWhenThereIsNoTopic() throws Exception {
    first.withoutTopic();
    start(first);
    assertThatThrownBy(() -> client.act(OBSERVATION))
        .isInstanceOf(NoPolicyException.class)
        .hasMessageContaining("no policy 'pilot' on topic plane.policies");
    await().until(() -> client.health().lastError().isPresent());
    assertThatThrownBy(() -> client.awaitFirst(Duration.ofMillis(1)))
        .isInstanceOf(NoPolicyException.class)
        .hasMessageContaining("CONNECTING")
        .hasMessageContaining("there is no topic plane.policies");
    first.withTopic();
    first.with(1, 0);
    client.awaitFirst(SOON);
  }

  @Test
  void saysWhyTheOnlySnapshotWasRefused() throws Exception {
    var snapshot =
        snapshot(9, telling(9).bytes(), header -> header.setModelSizeBytes(1)).toByteArray();
    first.add(0, POLICY, snapshot);
    start(first);
    await().until(() -> client.health().refused() == 1);
    assertThatThrownBy(() -> client.awaitFirst(Duration.ofMillis(1)))
        .hasMessageContaining("last refused: revision 9: the model has ");
    assertThat(client.current()).isEmpty();
  }

  @Test
  void readsOnlyItsOwnPolicy() throws Exception {
    var other = snapshot(99, telling(99).bytes(), header -> header.setPolicyId("other"));
    first.add(0, "other", other.toByteArray());
    first.add(1, null, other.toByteArray());
    first.with(1, 2);
    start(first);
    client.awaitFirst(SOON);
    assertThat(client.health().refused()).isZero();
  }

  @Test
  void replacesAConsumerThatThrowsAndGoesOnWhereItWas() throws Exception {
    var second = new FakeConsumer();
    var third = new FakeConsumer();
    start(first.with(5, 0), second, third);
    client.awaitFirst(SOON);
    second.with(4, 0).with(6, 1).fails(new TopicAuthorizationException(TOPIC));
    third.with(4, 0).with(6, 1);
    first.fails(new KafkaException("lost"));
    assertThat(client.awaitRevision(6, SOON).revision()).isEqualTo(6);
    ClientHealth health = client.health();
    assertThat(health.state()).isEqualTo(State.FOLLOWING);
    assertThat(health.lastError().orElseThrow()).contains(TOPIC);
    assertThat(health.refused()).isZero();
    assertThat(first.closed()).isTrue();
    assertThat(second.closed()).isTrue();
  }

  @Test
  void goesOnActingWhileKafkaDoesNotAnswer() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    first.doesNotAnswer(true);
    await().atMost(SOON).until(() -> client.health().state() == State.UNREACHABLE);
    assertThat(client.health().lastError().orElseThrow()).contains("no answer");
    assertThat(client.act(OBSERVATION).revision()).isEqualTo(1);
    first.doesNotAnswer(false);
    first.with(2, 1);
    client.awaitRevision(2, SOON);
    assertThat(client.health().state()).isEqualTo(State.FOLLOWING);
  }

  @Test
  void takesUpPartitionsThatAreAdded() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    first.withPartition(1);
    await().atMost(SOON).until(() -> first.assignment().size() == 2);
    first.addTo(1, 0, POLICY, snapshot(2, telling(2)).toByteArray());
    client.awaitRevision(2, SOON);
  }

  @Test
  void keepsThePolicyAndSaysSoWhenTheSubscriptionEndsByAFault() throws Exception {
    start(first.with(1, 0));
    client.awaitFirst(SOON);
    first.fails(new IllegalStateException("a fault"));
    assertThatThrownBy(() -> client.awaitRevision(2, SOON))
        .isInstanceOf(NoPolicyException.class)
        .hasMessageContaining("FAILED")
        .hasMessageContaining("a fault");
    assertThat(client.act(OBSERVATION).revision()).isEqualTo(1);
  }

  @Test
  void aListenerMayCloseTheClient() throws Exception {
    var closing = new LinkedBlockingQueue<PolicyClient>();
    var builder =
        builder()
            .listener(
                new PolicyListener() {
                  @Override
                  public void applied(PolicyInfo policy) {
                    try {
                      closing.take().close();
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  }
                });
    client = builder.start(supplier(new ArrayList<>(List.of(first.with(1, 0)))));
    closing.add(client);
    await().atMost(SOON).until(() -> client.health().state() == State.CLOSED);
    await().atMost(SOON).until(first::closed);
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> PolicyClient.builder().policyId(POLICY).start())
        .hasMessageContaining("spec");
    assertThatThrownBy(() -> PolicyClient.builder().spec(SPEC).start())
        .hasMessageContaining("policyId");
    assertThatThrownBy(() -> PolicyClient.builder().policyId(POLICY).spec(SPEC).start())
        .hasMessageContaining("bootstrapServers");
    assertThatThrownBy(
            () -> builder().kafkaProperties(Map.of("security.protocol", "TELNET")).start())
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("TELNET for configuration security.protocol");
  }

  private void start(FakeConsumer... inTurn) {
    client = client(new ArrayList<>(List.of(inTurn)));
  }

  private PolicyClient client(List<FakeConsumer> inTurn) {
    return builder().start(supplier(inTurn));
  }

  private Supplier<Consumer<byte[], byte[]>> supplier(List<FakeConsumer> inTurn) {
    return () -> {
      consumers.add(inTurn.get(0));
      return inTurn.remove(0);
    };
  }

  private static PolicyClient.Builder builder() {
    return PolicyClient.builder()
        .bootstrapServers("127.0.0.1:9")
        .policyId(POLICY)
        .spec(SPEC)
        .healthCheckInterval(Duration.ofMillis(50))
        .seed(11);
  }

  /** A topic of one partition whose broker can be told to fail. */
  private static final class FakeConsumer extends MockConsumer<byte[], byte[]> {
    private final List<PartitionInfo> partitions = new ArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> waiting = new ArrayList<>();
    private boolean silent;

    FakeConsumer() {
      super("earliest");
      withTopic();
    }

    synchronized FakeConsumer withTopic() {
      return withPartition(0);
    }

    synchronized FakeConsumer withoutTopic() {
      partitions.clear();
      return this;
    }

    synchronized FakeConsumer withPartition(int partition) {
      Node node = new Node(1, "127.0.0.1", 9);
      partitions.add(
          new PartitionInfo(TOPIC, partition, node, new Node[] {node}, new Node[] {node}));
      updateBeginningOffsets(Map.of(new TopicPartition(TOPIC, partition), 0L));
      updateEndOffsets(Map.of(new TopicPartition(TOPIC, partition), 0L));
      return this;
    }

    FakeConsumer with(long revision, long offset) {
      return add(offset, POLICY, snapshot(revision, telling(revision)).toByteArray());
    }

    FakeConsumer add(long offset, String key, byte[] value) {
      return addTo(0, offset, key, value);
    }

    synchronized FakeConsumer addTo(int partition, long offset, String key, byte[] value) {
      byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
      waiting.add(new ConsumerRecord<>(TOPIC, partition, offset, keyBytes, value));
      updateEndOffsets(Map.of(new TopicPartition(TOPIC, partition), offset + 1));
      return this;
    }

    synchronized FakeConsumer fails(RuntimeException failure) {
      schedulePollTask(
          () -> {
            throw failure;
          });
      return this;
    }

    synchronized void doesNotAnswer(boolean silent) {
      this.silent = silent;
    }

    @Override
    public synchronized List<PartitionInfo> partitionsFor(String topic, Duration timeout) {
      return List.copyOf(partitions);
    }

    @Override
    public synchronized Map<TopicPartition, Long> endOffsets(
        Collection<TopicPartition> asked, Duration timeout) {
      if (silent) {
        throw new TimeoutException("no answer");
      }
      return super.endOffsets(asked, timeout);
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
      waiting.removeIf(
          record -> {
            var partition = new TopicPartition(TOPIC, record.partition());
            if (!assignment().contains(partition)) {
              return false;
            }
            addRecord(record);
            return true;
          });
      var records = super.poll(timeout);
      if (records.isEmpty()) {
        try {
          // The real one waits for as long as the timeout; its thread must not spin here either.
          TimeUnit.MILLISECONDS.timedWait(this, 10);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return records;
    }
  }
}
