package io.millrace.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.DeadLetter;
import io.millrace.schemas.v1.RejectionReason;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.Transition;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RefusedRecordsIT {
  private static final int GOOD = 100_000;
  private static final int PARTITIONS = 3;
  private static final int LETTER_LIMIT_BYTES = 128 << 10;
  private static final StreamSpec SPEC = Transitions.spec("mixed", 3, 2);

  /** What goes wrong, how often, and the reason that must be given for it. */
  private enum Fault {
    /** Which of them depends on the bytes. */
    RANDOM_BYTES(200, RejectionReason.REJECTION_REASON_UNSPECIFIED),
    WRONG_DIMENSIONS(200, RejectionReason.REJECTION_REASON_WRONG_DIMENSION),
    NAN(200, RejectionReason.REJECTION_REASON_NOT_FINITE),
    ACTION_OUT_OF_BOUNDS(200, RejectionReason.REJECTION_REASON_ACTION_OUT_OF_BOUNDS),
    EVENT_TIME(50, RejectionReason.REJECTION_REASON_EVENT_TIME),
    EMPTY(60, RejectionReason.REJECTION_REASON_EMPTY),
    NO_VALUE(60, RejectionReason.REJECTION_REASON_EMPTY),
    TWO_MEGABYTES(30, RejectionReason.REJECTION_REASON_TOO_LARGE);

    final int count;
    final RejectionReason reason;

    Fault(int count, RejectionReason reason) {
      this.count = count;
      this.reason = reason;
    }
  }

  @TempDir Path brokerDirectory;
  @TempDir Path store;

  @Test
  void eachBecomesADeadLetterWithItsReasonAndTheJobDoesNotRestart() throws Exception {
    try (var kafka = Kafka.start(brokerDirectory)) {
      kafka.createTopics(SPEC.stream(), PARTITIONS);
      kafka.send(records());
      RecordedMetrics.clear();
      run(kafka);

      StoredRows.assertHoldsEachOnce(store, SPEC, GOOD);
      var letters = kafka.read(KafkaNames.deadLetters(SPEC.stream()));
      assertLetters(letters, kafka.read(KafkaNames.transitions(SPEC.stream())));
      assertMetrics(letters);
      assertThat(ManifestLog.open(new StoreLayout(store)).last())
          .map(StoreManifest::getTotalRejected)
          .contains(1_000L);
    }
  }

  /** Without attempts left a restart would end the job, and so the test. */
  private void run(Kafka kafka) throws Exception {
    var config =
        IngestSetup.config(
            kafka.bootstrapServers(),
            store,
            SPEC,
            "bounded: true",
            "parallelism: 2",
            "checkpoint-interval: 500 ms",
            "restart-attempts: 0",
            "dead-letter-value-limit: 128 KiB");
    var environment = IngestJob.localEnvironment(config);
    var metrics = new Configuration();
    metrics.setString("metrics.reporters", "recorded");
    metrics.setString(
        "metrics.reporter.recorded.factory.class", RecordedMetrics.Factory.class.getName());
    environment.configure(metrics);
    IngestJob.executeAsync(environment, config).getJobExecutionResult().get();
  }

  private static void assertLetters(
      List<ConsumerRecord<byte[], byte[]>> letters,
      List<ConsumerRecord<byte[], byte[]>> transitions)
      throws Exception {
    Map<List<Long>, ConsumerRecord<byte[], byte[]>> originals = new HashMap<>();
    transitions.forEach(
        record -> originals.put(List.of((long) record.partition(), record.offset()), record));
    var keys = new HashSet<String>();
    for (ConsumerRecord<byte[], byte[]> letter : letters) {
      var envelope = DeadLetter.parseFrom(header(letter, KafkaNames.DEAD_LETTER_HEADER));
      var original = originals.get(List.of((long) envelope.getPartition(), envelope.getOffset()));
      assertThat(original).isNotNull();
      assertIsLetterOf(letter, envelope, original);
      assertThat(keys.add(text(letter.key()))).as("%s twice", text(letter.key())).isTrue();
    }
    assertThat(keys).hasSize(1_000);
  }

  private static void assertIsLetterOf(
      ConsumerRecord<byte[], byte[]> letter,
      DeadLetter envelope,
      ConsumerRecord<byte[], byte[]> original) {
    var fault = Fault.valueOf(text(original.key()).replaceAll("-.*", ""));
    if (fault == Fault.RANDOM_BYTES) {
      assertThat(envelope.getReason()).isNotEqualTo(RejectionReason.REJECTION_REASON_EMPTY);
    } else {
      assertThat(envelope.getReason()).isEqualTo(fault.reason);
    }
    assertThat(letter.key()).isEqualTo(original.key());
    assertThat(letter.timestamp()).isEqualTo(original.timestamp());
    assertThat(header(letter, "trace")).isEqualTo(header(original, "trace"));
    assertThat(envelope.getTopic()).isEqualTo(original.topic());
    assertThat(envelope.getRecordTimestampMillis()).isEqualTo(original.timestamp());
    if (original.value() == null) {
      assertThat(letter.value()).isNull();
    } else {
      assertThat(envelope.getValueSizeBytes()).isEqualTo(original.value().length);
      assertThat(envelope.getValueCut()).isEqualTo(fault == Fault.TWO_MEGABYTES);
      assertThat(letter.value())
          .isEqualTo(
              Arrays.copyOf(
                  original.value(), Math.min(LETTER_LIMIT_BYTES, original.value().length)));
    }
    assertThat(text(header(letter, "__connect.errors.topic"))).isEqualTo(original.topic());
    assertThat(text(header(letter, "__connect.errors.partition")))
        .isEqualTo(String.valueOf(original.partition()));
    assertThat(text(header(letter, "__connect.errors.offset")))
        .isEqualTo(String.valueOf(original.offset()));
    assertThat(text(header(letter, "__connect.errors.exception.class.name")))
        .isEqualTo(envelope.getReason().name());
    assertThat(text(header(letter, "__connect.errors.exception.message")))
        .contains("expected " + envelope.getExpected() + ", got " + envelope.getActual())
        .startsWith(envelope.getField());
    assertThat(text(header(letter, "__connect.errors.connector.name")))
        .isEqualTo("millrace-ingest");
    assertThat(text(header(letter, "__connect.errors.stage")))
        .isIn("VALUE_CONVERTER", "TRANSFORMATION");
    assertThat(text(header(letter, "__connect.errors.task.id"))).isIn("0", "1");
  }

  private static void assertMetrics(List<ConsumerRecord<byte[], byte[]>> letters) {
    assertThat(RecordedMetrics.sum("millrace.rows")).isEqualTo(GOOD);
    assertThat(RecordedMetrics.sum("millrace.committedRows")).isEqualTo(GOOD);
    assertThat(RecordedMetrics.sum("millrace.storeCommits")).isPositive();
    assertThat(RecordedMetrics.sum("reason.not_finite.rejected")).isGreaterThanOrEqualTo(200);
    assertThat(RecordedMetrics.sum("reason.too_large.rejected")).isEqualTo(30);
    assertThat(RecordedMetrics.sum(".rejected")).isEqualTo(letters.size());
  }

  /** Good ones, with the others spread among them. */
  private static Stream<ProducerRecord<byte[], byte[]>> records() {
    var random = new SplittableRandom(5);
    var bad =
        Arrays.stream(Fault.values())
            .flatMap(fault -> IntStream.range(0, fault.count).mapToObj(i -> bad(fault, i, random)))
            .toList();
    int[] order = IntStream.range(0, bad.size()).toArray();
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    int spacing = GOOD / bad.size();
    return IntStream.range(0, GOOD)
        .boxed()
        .flatMap(
            number ->
                number % spacing == 0 && number / spacing < order.length
                    ? Stream.of(good(number), bad.get(order[number / spacing]))
                    : Stream.of(good(number)));
  }

  private static ProducerRecord<byte[], byte[]> good(int number) {
    return record(number % PARTITIONS, null, Transitions.of(SPEC, number).build().toByteArray());
  }

  private static ProducerRecord<byte[], byte[]> bad(Fault fault, int i, SplittableRandom random) {
    LongFunction<Transition.Builder> fine = number -> Transitions.of(SPEC, GOOD + number);
    byte[] value =
        switch (fault) {
          case RANDOM_BYTES -> randomBytes(random);
          case WRONG_DIMENSIONS -> fine.apply(i).addObservation(1).build().toByteArray();
          case NAN -> fine.apply(i).setObservation(i % 3, Float.NaN).build().toByteArray();
          case ACTION_OUT_OF_BOUNDS -> fine.apply(i).setAction(i % 2, 1.5f).build().toByteArray();
          case EVENT_TIME -> fine.apply(i).setEventTimeMicros(i).build().toByteArray();
          case EMPTY -> new byte[0];
          case NO_VALUE -> null;
          case TWO_MEGABYTES ->
              fine.apply(i).setPolicyId("p".repeat(2 << 20)).build().toByteArray();
        };
    var record = record(i % PARTITIONS, fault.name() + "-" + i, value);
    record.headers().add("trace", new byte[] {1, 2, (byte) i});
    return record;
  }

  private static byte[] randomBytes(SplittableRandom random) {
    var bytes = new byte[random.nextInt(1, 300)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static ProducerRecord<byte[], byte[]> record(int partition, String key, byte[] value) {
    return new ProducerRecord<>(
        KafkaNames.transitions(SPEC.stream()),
        partition,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        value);
  }

  private static byte[] header(ConsumerRecord<byte[], byte[]> record, String name) {
    return record.headers().lastHeader(name).value();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
