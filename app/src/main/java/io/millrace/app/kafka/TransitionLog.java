package io.millrace.app.kafka;

import com.google.protobuf.MessageLite;
import io.millrace.app.configuration.TopicOptions;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.Transition;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Logs transitions to the stream's topic, each exactly once (idempotent producer). The key is the
 * episode, so that an episode stays in order within one partition. Thread-safe.
 */
public final class TransitionLog implements AutoCloseable {
  private static final int DELIVERY_TIMEOUT_MILLIS = 60_000;
  private static final int REQUEST_TIMEOUT_MILLIS = 20_000;
  private static final int LINGER_MILLIS = 5;
  // Above the record: key, headers and the batch's own fields.
  private static final int REQUEST_OVERHEAD_BYTES = 64 << 10;

  private final KafkaProducer<byte[], byte[]> producer;
  private final String bootstrapServers;
  private final String topic;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  private TransitionLog(
      KafkaProducer<byte[], byte[]> producer, String bootstrapServers, String topic) {
    this.producer = producer;
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
  }

  /**
   * Opens the log of a stream.
   *
   * @param settings with {@link StreamOptions} and {@link TopicOptions}
   */
  public static TransitionLog open(Settings settings) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
    properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
    properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
    properties.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
        Math.toIntExact(settings.get(TopicOptions.MAX_RECORD_SIZE) + REQUEST_OVERHEAD_BYTES));
    properties.putAll(StreamOptions.kafkaProperties(settings));
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    return new TransitionLog(
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()),
        settings.get(StreamOptions.BOOTSTRAP_SERVERS),
        KafkaNames.transitions(settings.get(StreamOptions.NAME)));
  }

  /**
   * Logs a transition; returns once it is queued.
   *
   * @throws KafkaFailure if an earlier record could not be logged, or the queue stays full
   */
  public void log(Transition transition) {
    send(transition.getEpisodeId(), transition);
  }

  /**
   * Logs bytes as they are, whatever they are.
   *
   * @throws KafkaFailure as {@link #log}
   */
  public void logBytes(byte[] value) {
    send(new ProducerRecord<>(topic, value));
  }

  /** The topic logged to. */
  public String topic() {
    return topic;
  }

  /** Records that the broker has. */
  public long acknowledged() {
    return acknowledged.get();
  }

  /**
   * Waits until the broker has every record.
   *
   * @throws KafkaFailure if one could not be logged
   */
  public void flush() {
    producer.flush();
    throwFailure();
  }

  /** Waits for the records that are queued, and closes. */
  @Override
  public void close() {
    producer.close();
  }

  private void send(long episodeId, MessageLite message) {
    var key = ByteBuffer.allocate(Long.BYTES).putLong(episodeId).array();
    send(new ProducerRecord<>(topic, key, message.toByteArray()));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback takes what the future would say
  private void send(ProducerRecord<byte[], byte[]> record) {
    throwFailure();
    producer.send(
        record,
        (metadata, e) -> {
          if (e == null) {
            acknowledged.incrementAndGet();
          } else {
            failure.compareAndSet(null, e);
          }
        });
  }

  private void throwFailure() {
    var e = failure.get();
    if (e instanceof TimeoutException) {
      throw KafkaFailure.noAnswer(bootstrapServers, e);
    } else if (e != null) {
      throw new KafkaFailure("cannot log to topic " + topic + ": " + e.getMessage(), e);
    }
  }
}
