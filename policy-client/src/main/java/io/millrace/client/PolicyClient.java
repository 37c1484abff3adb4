package io.millrace.client;

import ai.onnxruntime.OrtEnvironment;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Acts with the newest policy that was published for a stream. Subscribes to the compacted topic
 * {@code <stream>.policies}, verifies each snapshot of its policy id (header, SHA-256, graph, a run
 * of the graph), and swaps to it while requests run. A snapshot that fails a check is refused, and
 * the policy before it stays; so it does while Kafka cannot be reached.
 *
 * <p>One client serves all threads of a service. Its methods that choose an action are those of
 * {@link Actor}; they throw {@link NoPolicyException} until the first snapshot is applied and after
 * {@link #close}.
 */
public final class PolicyClient extends Actor implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(10);

  private final String policyId;
  private final String topic;
  private final PolicySlot slot;
  private final HealthRecord health;
  private final PolicySubscription subscription;
  private final Thread thread;

  private PolicyClient(Builder builder, Supplier<Consumer<byte[], byte[]>> consumers) {
    super(new SharedGenerator(builder.seed));
    policyId = builder.policyId;
    topic = KafkaNames.policies(builder.spec.stream());
    slot = new PolicySlot();
    health = new HealthRecord(builder.clock);
    var verifier = new SnapshotVerifier(policyId, builder.spec, builder.maxModelBytes);
    var intake =
        new SnapshotIntake(policyId, verifier, slot, health, builder.listener, builder.clock);
    subscription =
        new PolicySubscription(
            topic,
            policyId,
            consumers.get(),
            consumers,
            intake,
            health,
            builder.healthCheckInterval);
    thread = new Thread(subscription, "millrace-policy-" + policyId);
    thread.setDaemon(true);
  }

  /** What a client is made of: bootstrap servers, policy id and specification are required. */
  public static Builder builder() {
    return new Builder();
  }

  /** The policy that requests are answered with now; empty if there is none yet. */
  public Optional<PolicyInfo> current() {
    return slot.info();
  }

  /** How the client stands with its topic. */
  public ClientHealth health() {
    return health.snapshot();
  }

  /**
   * Waits for the first policy.
   *
   * @throws NoPolicyException if there is none when the time is up, with what went wrong
   */
  public PolicyInfo awaitFirst(Duration timeout) throws InterruptedException {
    return awaitRevision(1, timeout);
  }

  /**
   * Waits until a revision, or a higher one, is the current one.
   *
   * @throws NoPolicyException if it is not when the time is up, with what went wrong
   */
  public PolicyInfo awaitRevision(long revision, Duration timeout) throws InterruptedException {
    health.await(
        () -> current().map(policy -> policy.revision() >= revision).orElse(false), timeout);
    return current()
        .filter(policy -> policy.revision() >= revision)
        .orElseThrow(
            () ->
                new NoPolicyException(
                    "no revision " + revision + " or higher of " + waitingFor(timeout)));
  }

  /**
   * Pins the current policy; the caller closes it. For an episode that must not change its policy
   * in the middle.
   *
   * @throws NoPolicyException if there is none yet
   */
  public Policy lease() {
    return new Policy(hold(), random());
  }

  @Override
  LoadedPolicy hold() {
    return slot.acquire()
        .orElseThrow(() -> new NoPolicyException("no " + waitingFor(Duration.ZERO)));
  }

  private String waitingFor(Duration waited) {
    ClientHealth now = health();
    var text = new StringBuilder("policy '" + policyId + "' on topic " + topic);
    if (!waited.isZero()) {
      text.append(" within ").append(waited.toMillis()).append(" ms");
    }
    text.append("; the subscription is ").append(now.state());
    now.lastError().ifPresent(error -> text.append("; last error: ").append(error));
    now.lastRefused()
        .ifPresent(
            refused ->
                text.append("; last refused: revision ")
                    .append(refused.revision())
                    .append(": ")
                    .append(refused.message()));
    return text.toString();
  }

  /**
   * Ends the subscription and lets go of the policy. Requests that run are finished, and leases
   * stay until they are closed.
   */
  @Override
  public void close() {
    subscription.close();
    try {
      // A listener may close the client: it is called on this thread.
      if (Thread.currentThread() != thread) {
        thread.join(END.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    health.closed();
    slot.close();
  }

  /** Builds a client. */
  public static final class Builder {
    private static final int DEFAULT_MAX_MODEL_BYTES = 64 << 20;

    private final Map<String, Object> kafkaProperties = new HashMap<>();
    private String policyId;
    private StreamSpec spec;
    private PolicyListener listener = new PolicyListener() {};
    private long seed = new SecureRandom().nextLong();
    private int maxModelBytes = DEFAULT_MAX_MODEL_BYTES;
    private Duration healthCheckInterval = Duration.ofSeconds(5);
    private Clock clock = Clock.systemUTC();

    private Builder() {}

    /** Where the Kafka cluster is: {@code host:port}, several joined by commas. */
    public Builder bootstrapServers(String bootstrapServers) {
      kafkaProperties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
      return this;
    }

    /** Further properties of the Kafka consumer, such as {@code security.protocol}. */
    public Builder kafkaProperties(Map<String, ?> properties) {
      kafkaProperties.putAll(properties);
      return this;
    }

    /** Which of the stream's policies to act with: the key of its snapshots. */
    public Builder policyId(String policyId) {
      this.policyId = policyId;
      return this;
    }

    /** What this service's observations and actions look like; snapshots of another are refused. */
    public Builder spec(StreamSpec spec) {
      this.spec = spec;
      return this;
    }

    /** Who is told of applied and refused snapshots. */
    public Builder listener(PolicyListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /** Seeds the noise of stochastic actions; random if it is not given. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** Larger models are refused; {@value #DEFAULT_MAX_MODEL_BYTES} bytes if it is not given. */
    public Builder maxModelBytes(int maxModelBytes) {
      this.maxModelBytes = maxModelBytes;
      return this;
    }

    /**
     * After as long a silence of the topic the broker is asked whether it is there; 5 seconds if it
     * is not given.
     */
    public Builder healthCheckInterval(Duration interval) {
      healthCheckInterval = Objects.requireNonNull(interval, "interval");
      return this;
    }

    /** Tells the times of {@link PolicyInfo} and {@link ClientHealth}. */
    public Builder clock(Clock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Starts to subscribe, and returns at once.
     *
     * @throws NullPointerException naming what is missing
     * @throws org.apache.kafka.common.KafkaException if the Kafka properties make no consumer
     */
    public PolicyClient start() {
      Objects.requireNonNull(policyId, "policyId");
      Objects.requireNonNull(spec, "spec");
      Objects.requireNonNull(
          kafkaProperties.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG), "bootstrapServers");
      Map<String, Object> properties = consumerProperties();
      return start(() -> new KafkaConsumer<>(properties));
    }

    PolicyClient start(Supplier<Consumer<byte[], byte[]>> consumers) {
      // Loads the native library here, where its failure reaches the service.
      OrtEnvironment.getEnvironment();
      var client = new PolicyClient(this, consumers);
      client.thread.start();
      return client;
    }

    private Map<String, Object> consumerProperties() {
      Map<String, Object> properties = new HashMap<>(kafkaProperties);
      properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
      properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
      properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
      properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      // The trainer publishes in transactions.
      properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      // A misspelt stream is a topic that is not there, not a new one.
      properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
      return properties;
    }
  }
}
