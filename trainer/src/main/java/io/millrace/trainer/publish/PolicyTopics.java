package io.millrace.trainer.publish;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two topics that the snapshots of one policy id go to, in one transaction each: {@code
 * <stream>.policies} and {@code <stream>.policy-log}. Revisions go on from what is on the topic.
 *
 * <p>A call that fails leaves nothing half done: the next one connects anew, and reads from the
 * topic what became of the one before. Two trainers of one policy id cannot both go on; the one
 * that finds a revision of the other stops. Not thread-safe.
 */
final class PolicyTopics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyTopics.class);
  // Room in a record beside the model: key, framing, and what Kafka adds to a batch.
  private static final int RECORD_OVERHEAD_BYTES = 1 << 10;
  private static final int MAX_TRANSACTION_TIMEOUT_MILLIS = 15 * 60_000;

  private final String stream;
  private final String policyId;
  private final byte[] key;
  private final Map<String, Object> kafkaProperties;
  private final Duration timeout;
  private Optional<Session> session = Optional.empty();
  private Optional<PolicySnapshotHeader> last = Optional.empty();
  private Optional<PolicySnapshotHeader> inDoubt = Optional.empty();
  private boolean opened;

  /** A transactional producer and the largest record that both topics take. */
  private record Session(KafkaProducer<byte[], byte[]> producer, int maxRecordBytes) {}

  PolicyTopics(
      String stream, String policyId, Map<String, Object> kafkaProperties, Duration timeout) {
    this.stream = stream;
    this.policyId = policyId;
    this.key = policyId.getBytes(StandardCharsets.UTF_8);
    this.kafkaProperties = Map.copyOf(kafkaProperties);
    this.timeout = timeout;
  }

  /**
   * Connects if there is no connection.
   *
   * @return header of the newest snapshot on the topic
   * @throws PublishException if the cluster does not answer, or a topic is not there
   * @throws PolicyTakenOverException if somebody else published since this was connected last
   */
  Optional<PolicySnapshotHeader> connect() throws InterruptedException {
    session();
    return last;
  }

  /**
   * Publishes a snapshot with the next revision, unless it is there already: what the same run
   * published of this update, or of a later one, is not published again.
   *
   * @param draft header without revision, model size and digest
   * @return the header as published, or empty if it was there
   * @throws PublishException if the cluster does not answer in time, or refuses
   * @throws PolicyTakenOverException if somebody else published since
   */
  Optional<PolicySnapshotHeader> publish(PolicySnapshotHeader draft, byte[] model)
      throws InterruptedException {
    var current = session();
    var sha256 = ByteString.copyFrom(Sha256.of(model));
    if (isPublished(draft, sha256)) {
      return Optional.empty();
    }
    var header =
        draft.toBuilder()
            .setRevision(last.map(PolicySnapshotHeader::getRevision).orElse(0L) + 1)
            .setModelSizeBytes(model.length)
            .setModelSha256(sha256)
            .build();
    var value =
        PolicySnapshot.newBuilder()
            .setHeader(header)
            .setModel(ByteString.copyFrom(model))
            .build()
            .toByteArray();
    checkSize(value.length, current.maxRecordBytes());
    inDoubt = Optional.of(header);
    try {
      var producer = current.producer();
      producer.beginTransaction();
      var newest = producer.send(new ProducerRecord<>(KafkaNames.policies(stream), key, value));
      var history = producer.send(new ProducerRecord<>(KafkaNames.policyLog(stream), key, value));
      producer.commitTransaction();
      LOG.debug("revision {} at {} and {}", header.getRevision(), newest.get(), history.get());
    } catch (InterruptException e) {
      disconnect();
      throw interrupted(e);
    } catch (KafkaException e) {
      disconnect();
      throw failure("cannot publish revision " + header.getRevision(), e);
    } catch (ExecutionException e) {
      disconnect();
      throw failure("cannot publish revision " + header.getRevision(), e.getCause());
    }
    last = inDoubt;
    inDoubt = Optional.empty();
    return last;
  }

  /**
   * Finds out whether a model of this size can be published at all.
   *
   * @throws PublishException if it is too large for a topic
   */
  void checkModelSize(PolicySnapshotHeader draft, int modelBytes) throws InterruptedException {
    checkSize(modelBytes + draft.getSerializedSize(), session().maxRecordBytes());
  }

  @Override
  public void close() {
    disconnect();
  }

  private boolean isPublished(PolicySnapshotHeader draft, ByteString sha256) {
    return last.filter(there -> there.getRunId().equals(draft.getRunId()))
        .filter(
            there ->
                there.getUpdate() > draft.getUpdate()
                    || (there.getUpdate() == draft.getUpdate()
                        && there.getModelSha256().equals(sha256)))
        .isPresent();
  }

  private void checkSize(int valueBytes, int maxRecordBytes) {
    if ((long) valueBytes + key.length + RECORD_OVERHEAD_BYTES > maxRecordBytes) {
      throw new PublishException(
          "a snapshot of "
              + valueBytes
              + " bytes does not fit into a record of "
              + KafkaNames.policies(stream)
              + " and "
              + KafkaNames.policyLog(stream)
              + ": the smaller of their max.message.bytes is "
              + maxRecordBytes
              + "; raise it, or choose smaller trainer.hidden-sizes");
    }
  }

  private Session session() throws InterruptedException {
    if (session.isEmpty()) {
      try {
        session = Optional.of(open());
      } catch (InterruptException e) {
        throw interrupted(e);
      } catch (KafkaException e) {
        throw failure("cannot connect", e);
      } catch (ExecutionException e) {
        throw failure("cannot connect", e.getCause());
      } catch (TimeoutException e) {
        throw failure("no answer within " + timeout.toSeconds() + " s", e);
      }
    }
    return session.get();
  }

  private Session open() throws InterruptedException, ExecutionException, TimeoutException {
    try (var admin = Admin.create(clientProperties())) {
      int maxRecordBytes = maxRecordBytes(admin);
      var producer = new KafkaProducer<byte[], byte[]>(producerProperties(maxRecordBytes));
      try {
        // From here on nobody who used this id before can commit anything, so that the end of the
        // topic is what it will be when we publish.
        producer.initTransactions();
        settle(newest(admin));
        return new Session(producer, maxRecordBytes);
      } catch (KafkaException
          | PublishException
          | PolicyTakenOverException
          | ExecutionException
          | TimeoutException e) {
        producer.close(Duration.ZERO);
        throw e;
      }
    }
  }

  // What is on the topic now, against what is known of it.
  private void settle(Optional<PolicySnapshotHeader> newest) {
    boolean mine = newest.equals(last) || (inDoubt.isPresent() && newest.equals(inDoubt));
    if (opened && !mine) {
      throw new PolicyTakenOverException(
          "policy "
              + policyId
              + " of stream "
              + stream
              + ": revision "
              + newest.map(PolicySnapshotHeader::getRevision).orElse(0L)
              + " is of another trainer (run "
              + newest.map(PolicySnapshotHeader::getRunId).orElse("none")
              + "); only one may publish a policy id");
    }
    opened = true;
    last = newest;
    inDoubt = Optional.empty();
  }

  private int maxRecordBytes(Admin admin)
      throws InterruptedException, ExecutionException, TimeoutException {
    var resources =
        List.of(
            new ConfigResource(ConfigResource.Type.TOPIC, KafkaNames.policies(stream)),
            new ConfigResource(ConfigResource.Type.TOPIC, KafkaNames.policyLog(stream)));
    var configs =
        admin
            .describeConfigs(resources)
            .all()
            .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
            .values();
    return configs.stream()
        .mapToInt(
            config -> Integer.parseInt(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value()))
        .min()
        .orElseThrow();
  }

  private Optional<PolicySnapshotHeader> newest(Admin admin)
      throws InterruptedException, ExecutionException, TimeoutException {
    var ends = endOffsets(admin);
    Optional<PolicySnapshotHeader> newest = Optional.empty();
    try (var consumer = new KafkaConsumer<byte[], byte[]>(consumerProperties())) {
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      long deadline = System.nanoTime() + timeout.toNanos();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey(), timeout) < end.getValue())) {
        if (System.nanoTime() > deadline) {
          throw new PublishException(
              "topic "
                  + KafkaNames.policies(stream)
                  + " cannot be read to its end within "
                  + timeout.toSeconds()
                  + " s; another client may have left a transaction open on it");
        }
        for (var record : consumer.poll(Duration.ofMillis(500))) {
          if (Arrays.equals(key, record.key())) {
            newest = header(record);
          }
        }
      }
    }
    return newest;
  }

  private Map<TopicPartition, Long> endOffsets(Admin admin)
      throws InterruptedException, ExecutionException, TimeoutException {
    var topic = KafkaNames.policies(stream);
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .get(topic)
        .partitions()
        .forEach(
            partition ->
                latest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin
        .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
        .all()
        .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }

  // A record that is no snapshot of ours has no revision to go on from.
  private Optional<PolicySnapshotHeader> header(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(PolicySnapshot.parseFrom(record.value()).getHeader());
    } catch (InvalidProtocolBufferException e) {
      LOG.warn(
          "{}-{} offset {} is no policy snapshot, passed over",
          record.topic(),
          record.partition(),
          record.offset());
      return Optional.empty();
    }
  }

  private void disconnect() {
    session.ifPresent(open -> open.producer().close(Duration.ZERO));
    session = Optional.empty();
  }

  // Kafka's clients wrap it, and leave the thread's flag set.
  private static InterruptedException interrupted(InterruptException e) {
    Thread.interrupted();
    var interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }

  private PublishException failure(String what, Throwable cause) {
    var servers = kafkaProperties.get(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG);
    if (cause instanceof UnknownTopicOrPartitionException) {
      return new PublishException(
          "topics "
              + KafkaNames.policies(stream)
              + " and "
              + KafkaNames.policyLog(stream)
              + " must exist on "
              + servers
              + "; 'millrace topics create' makes them",
          cause);
    }
    return new PublishException(
        "policy " + policyId + " on " + servers + ": " + what + ": " + cause.getMessage(), cause);
  }

  private Map<String, Object> clientProperties() {
    Map<String, Object> properties = new HashMap<>(kafkaProperties);
    int millis = Math.toIntExact(timeout.toMillis());
    properties.put("request.timeout.ms", Math.min(30_000, millis));
    properties.put("default.api.timeout.ms", millis);
    return properties;
  }

  private Map<String, Object> producerProperties(int maxRecordBytes) {
    Map<String, Object> properties = clientProperties();
    properties.remove("default.api.timeout.ms");
    int millis = Math.toIntExact(timeout.toMillis());
    properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    properties.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG, "millrace-policy-" + stream + "-" + policyId);
    properties.put(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        Math.min(MAX_TRANSACTION_TIMEOUT_MILLIS, millis));
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis);
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecordBytes);
    properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(32L << 20, 3L * maxRecordBytes));
    return properties;
  }

  private Map<String, Object> consumerProperties() {
    Map<String, Object> properties = clientProperties();
    properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    return properties;
  }
}
