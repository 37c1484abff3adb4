package io.millrace.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topic of policies from its beginning and as it grows, without a consumer group, on a
 * thread of its own. A consumer survives a broker's restart by itself, silently, so the end of the
 * topic is asked for when nothing comes: that tells a quiet topic from an unreachable one. A
 * consumer that throws is replaced, after a pause that doubles up to {@link #MAX_PAUSE}, and goes
 * on where the last one was.
 */
final class PolicySubscription implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicySubscription.class);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration ANSWER = Duration.ofSeconds(3);
  private static final Duration MIN_PAUSE = Duration.ofMillis(100);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(2);

  private final String topic;
  private final byte[] key;
  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final SnapshotIntake intake;
  private final HealthRecord health;
  private final Duration healthCheckInterval;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<TopicPartition, Long> nextOffsets = new HashMap<>();
  private volatile Consumer<byte[], byte[]> consumer;
  private Duration pause = MIN_PAUSE;

  /**
   * A subscription that begins when it is run.
   *
   * @param first consumer to read with
   * @param consumers that replace it
   * @param healthCheckInterval after as long a silence the broker is asked whether it is there
   */
  PolicySubscription(
      String topic,
      String policyId,
      Consumer<byte[], byte[]> first,
      Supplier<Consumer<byte[], byte[]>> consumers,
      SnapshotIntake intake,
      HealthRecord health,
      Duration healthCheckInterval) {
    this.topic = topic;
    this.key = policyId.getBytes(StandardCharsets.UTF_8);
    this.consumer = first;
    this.consumers = consumers;
    this.intake = intake;
    this.health = health;
    this.healthCheckInterval = healthCheckInterval;
  }

  @Override
  public void run() {
    try {
      while (isOpen()) {
        try {
          follow(consumer);
        } catch (WakeupException e) {
          break;
        } catch (KafkaException e) {
          unreachable(e.getMessage());
          replaceConsumer();
        }
      }
      health.closed();
    } catch (InterruptedException | InterruptException e) {
      health.failed("the thread of the subscription was interrupted");
    } catch (RuntimeException | Error e) {
      LOG.error("the subscription of {} ended; the policy at hand stays", topic, e);
      health.failed("the subscription ended by a fault: " + e);
    } finally {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  private void follow(Consumer<byte[], byte[]> reading) throws InterruptedException {
    while (!assign(reading)) {
      unreachable("there is no topic " + topic);
      if (!isOpen()) {
        return;
      }
    }
    long askNanos = System.nanoTime();
    while (isOpen()) {
      var records = reading.poll(POLL);
      if (!records.isEmpty()) {
        reached();
        askNanos = System.nanoTime() + healthCheckInterval.toNanos();
      } else if (System.nanoTime() >= askNanos) {
        ask(reading);
        askNanos = System.nanoTime() + healthCheckInterval.toNanos();
      }
      records.forEach(this::take);
      if (records.isEmpty() || isAtEnd(reading)) {
        intake.flush();
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    nextOffsets.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
    if (Arrays.equals(record.key(), key)) {
      intake.offer(record);
    }
  }

  /** Nothing of what was there at the last answer of the broker is left to read. */
  private static boolean isAtEnd(Consumer<byte[], byte[]> reading) {
    return reading.assignment().stream()
        .allMatch(partition -> reading.currentLag(partition).orElse(1) == 0);
  }

  /** Asks the broker anything, and takes up partitions that have been added. */
  private void ask(Consumer<byte[], byte[]> reading) throws InterruptedException {
    try {
      reading.endOffsets(reading.assignment(), ANSWER);
      assign(reading);
      reached();
    } catch (RetriableException e) {
      unreachable(e.getMessage());
    }
  }

  /** True if the topic is there: then all of its partitions are read from where they were left. */
  private boolean assign(Consumer<byte[], byte[]> reading) {
    var partitions = new HashSet<TopicPartition>();
    for (PartitionInfo partition : reading.partitionsFor(topic, ANSWER)) {
      partitions.add(new TopicPartition(topic, partition.partition()));
    }
    var added = new HashSet<>(partitions);
    added.removeAll(reading.assignment());
    if (!added.isEmpty()) {
      reading.assign(partitions);
      for (TopicPartition partition : added) {
        Long next = nextOffsets.get(partition);
        if (next == null) {
          reading.seekToBeginning(List.of(partition));
        } else {
          reading.seek(partition, next);
        }
      }
    }
    return !partitions.isEmpty();
  }

  private void replaceConsumer() throws InterruptedException {
    consumer.close(CloseOptions.timeout(Duration.ZERO));
    while (isOpen()) {
      try {
        consumer = consumers.get();
        return;
      } catch (KafkaException e) {
        unreachable(e.getMessage());
      }
    }
  }

  private void reached() {
    pause = MIN_PAUSE;
    health.contact();
  }

  /** Notes it and waits a little, each time in a row a little longer. */
  private void unreachable(String error) throws InterruptedException {
    LOG.warn("{} cannot be read, trying again in {} ms: {}", topic, pause.toMillis(), error);
    health.unreachable(error);
    if (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(MAX_PAUSE) < 0 ? doubled : MAX_PAUSE;
    }
  }

  private boolean isOpen() {
    return closed.getCount() > 0;
  }

  /** Ends the thread soon. */
  @Override
  public void close() {
    closed.countDown();
    consumer.wakeup();
  }
}
