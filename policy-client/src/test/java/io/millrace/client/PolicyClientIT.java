package io.millrace.client;

import static io.millrace.client.TestSnapshots.POLICY;
import static io.millrace.client.TestSnapshots.SPEC;
import static io.millrace.client.TestSnapshots.snapshot;
import static io.millrace.client.TestSnapshots.telling;
import static io.millrace.client.TestSnapshots.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.broker.EmbeddedBroker;
import io.millrace.client.ClientHealth.State;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.Transition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyClientIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String TOPIC = "plane.policies";

  @TempDir Path directory;

  @Test
  void followsTheTopicFromBeforeItExistsAndOverARestartOfTheBroker() throws Exception {
    var refused = new LinkedBlockingQueue<RefusedSnapshot>();
    var broker = EmbeddedBroker.start(directory, 0);
    String bootstrap = broker.bootstrapServers();
    int port = Integer.parseInt(bootstrap.substring(bootstrap.indexOf(':') + 1));
    try (PolicyClient client = client(bootstrap, refused)) {
      await().atMost(SOON).until(() -> client.health().lastError().isPresent());
      assertThat(client.health().state()).isEqualTo(State.CONNECTING);

      createTopic(broker, TOPIC);
      publish(bootstrap, TOPIC, "other", snapshot(9, telling(9)));
      publish(bootstrap, TOPIC, POLICY, snapshot(1, telling(1)));
      assertThat(client.awaitFirst(SOON).revision()).isEqualTo(1);

      publish(bootstrap, TOPIC, POLICY, snapshot(2, telling(2)));
      client.awaitRevision(2, SOON);
      assertThat(client.act(new float[2]).values()[0]).isCloseTo(told(2), within(1e-5f));

      publish(
          bootstrap,
          TOPIC,
          POLICY,
          snapshot(3, telling(3).bytes(), header -> header.setModelSizeBytes(3)));
      assertThat(refused.take().reason()).isEqualTo(RefusalReason.WRONG_SIZE);
      assertThat(client.act(new float[2]).revision()).isEqualTo(2);

      broker.close();
      await().atMost(SOON).until(() -> client.health().state() == State.UNREACHABLE);
      assertThat(client.act(new float[2]).revision()).isEqualTo(2);

      broker = EmbeddedBroker.start(directory, port);
      publish(bootstrap, TOPIC, POLICY, snapshot(4, telling(4)));
      client.awaitRevision(4, SOON);
      assertThat(client.health().state()).isEqualTo(State.FOLLOWING);
      // Nothing was read twice: revision 1 would have been refused as stale.
      assertThat(client.health().refused()).isEqualTo(1);
    } finally {
      broker.close();
    }
  }

  @Test
  void appliesWhatIsCommittedAndNothingElse() throws Exception {
    var refused = new LinkedBlockingQueue<RefusedSnapshot>();
    try (var broker = EmbeddedBroker.start(directory, 0)) {
      String bootstrap = broker.bootstrapServers();
      createTopic(broker, TOPIC);
      Map<String, Object> properties = new HashMap<>();
      properties.put("bootstrap.servers", bootstrap);
      properties.put("transactional.id", "trainer");
      try (var producer =
          new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(record(snapshot(1, telling(1)))).get();
        producer.commitTransaction();
        producer.beginTransaction();
        producer.send(record(snapshot(2, telling(2)))).get();
        producer.abortTransaction();
        try (PolicyClient client = client(bootstrap, refused)) {
          assertThat(client.awaitFirst(SOON).revision()).isEqualTo(1);
          // Behind the aborted one: when it is applied, the aborted one has been passed.
          producer.beginTransaction();
          producer.send(record(snapshot(3, telling(3)))).get();
          producer.commitTransaction();
          client.awaitRevision(3, SOON);
          assertThat(client.health().applied()).isEqualTo(2);
          assertThat(refused).isEmpty();
        }
      }
    }
  }

  @Test
  void runsTheExampleOfTheDocumentation() throws Exception {
    var spec = new StreamSpec("pendulum", 3, new float[] {-2}, new float[] {2});
    try (var broker = EmbeddedBroker.start(directory, 0)) {
      String bootstrap = broker.bootstrapServers();
      createTopic(broker, "pendulum.policies");
      var published =
          snapshot(
              7,
              new TestGraph(spec).bytes(),
              header -> header.setPolicyId("main").setSpecification(spec.toMessage()));
      publish(bootstrap, "pendulum.policies", "main", published);
      var logged = new ArrayList<Transition>();
      try (PolicyClient client = EmbeddingExample.connect(bootstrap)) {
        EmbeddingExample.episode(client, new CountingMachine(), logged::add);
      }
      assertThat(logged).hasSize(3);
      for (int step = 0; step < 3; step++) {
        Transition transition = logged.get(step);
        assertThat(transition.getPolicyId()).isEqualTo("main");
        assertThat(transition.getPolicyRevision()).isEqualTo(7);
        assertThat(transition.getStep()).isEqualTo(step);
        assertThat(transition.getObservationList()).containsExactly((float) step, 0f, 0f);
        assertThat(transition.getNextObservationList()).containsExactly(step + 1f, 0f, 0f);
        assertThat(transition.getAction(0)).isBetween(-2f, 2f);
        assertThat(transition.getTruncated()).isEqualTo(step == 2);
        // N(0, 1) squashed into [-2, 2].
        double u = .5 * Math.log((2 + transition.getAction(0)) / (2 - transition.getAction(0)));
        double x = transition.getAction(0) / 2;
        double expected = -.5 * u * u - .5 * Math.log(2 * Math.PI) - Math.log(2 * (1 - x * x));
        assertThat((double) transition.getBehaviourLogProbability())
            .isCloseTo(expected, within(1e-2));
      }
    }
  }

  /** Observes how often it was applied to; three times. */
  private static final class CountingMachine implements EmbeddingExample.Machine {
    private int steps;

    @Override
    public float[] observe() {
      return new float[] {steps, 0, 0};
    }

    @Override
    public float apply(float[] action) {
      steps++;
      return -action[0];
    }

    @Override
    public boolean isRunning() {
      return steps < 3;
    }
  }

  private static PolicyClient client(
      String bootstrap, LinkedBlockingQueue<RefusedSnapshot> refused) {
    return PolicyClient.builder()
        .bootstrapServers(bootstrap)
        .policyId(POLICY)
        .spec(SPEC)
        .healthCheckInterval(Duration.ofMillis(500))
        .listener(
            new PolicyListener() {
              @Override
              public void refused(RefusedSnapshot snapshot) {
                refused.add(snapshot);
              }
            })
        .start();
  }

  private static void createTopic(EmbeddedBroker broker, String name) throws Exception {
    broker.createTopics(
        new NewTopic(name, 2, (short) 1).configs(Map.of("cleanup.policy", "compact")));
  }

  private static void publish(String bootstrap, String topic, String key, PolicySnapshot snapshot)
      throws Exception {
    Map<String, Object> properties = Map.of("bootstrap.servers", bootstrap);
    try (var producer =
        new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, key, snapshot.toByteArray())).get();
    }
  }

  private static ProducerRecord<String, byte[]> record(PolicySnapshot snapshot) {
    return new ProducerRecord<>(TOPIC, POLICY, snapshot.toByteArray());
  }
}
