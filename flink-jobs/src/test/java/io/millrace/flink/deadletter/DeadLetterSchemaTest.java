package io.millrace.flink.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.IngestSetup;
import io.millrace.flink.Transitions;
import io.millrace.flink.validate.RefusedRecord;
import io.millrace.flink.validate.Rejection;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.DeadLetter;
import io.millrace.schemas.v1.RejectionReason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class DeadLetterSchemaTest {
  private static final int LIMIT = 1_000;

  private final DeadLetterSchema schema = new DeadLetterSchema("arm.dead-letters", LIMIT);

  @Test
  void keepsTheRecordAndSaysWhereItStoodAndWhatIsWrong() throws Exception {
    var letter = letter(refused(new byte[] {1}, new byte[] {2, 3}, 77));
    assertThat(letter.topic()).isEqualTo("arm.dead-letters");
    assertThat(letter.key()).containsExactly(1);
    assertThat(letter.value()).containsExactly(2, 3);
    assertThat(letter.timestamp()).isEqualTo(77);
    assertThat(envelope(letter))
        .isEqualTo(
            DeadLetter.newBuilder()
                .setTopic("arm.transitions")
                .setPartition(3)
                .setOffset(41)
                .setRecordTimestampMillis(77)
                .setReason(RejectionReason.REJECTION_REASON_NOT_FINITE)
                .setField("action[2]")
                .setActual("NaN")
                .setExpected("a finite number")
                .setKeySizeBytes(1)
                .setValueSizeBytes(2)
                .build());
    assertThat(header(letter, "__connect.errors.topic")).isEqualTo("arm.transitions");
    assertThat(header(letter, "__connect.errors.partition")).isEqualTo("3");
    assertThat(header(letter, "__connect.errors.offset")).isEqualTo("41");
    assertThat(header(letter, "__connect.errors.task.id")).isEqualTo("6");
    assertThat(header(letter, "__connect.errors.stage")).isEqualTo("TRANSFORMATION");
    assertThat(header(letter, "__connect.errors.exception.class.name"))
        .isEqualTo("REJECTION_REASON_NOT_FINITE");
    assertThat(header(letter, "__connect.errors.exception.message"))
        .isEqualTo("action[2]: expected a finite number, got NaN");
  }

  @Test
  void cutsKeyAndValueAtTheLimitAndSaysSo() throws Exception {
    var whole = letter(refused(new byte[LIMIT], new byte[LIMIT], 0));
    assertThat(envelope(whole).getKeyCut() || envelope(whole).getValueCut()).isFalse();
    assertThat(whole.value()).hasSize(LIMIT);

    var cut = letter(refused(new byte[LIMIT + 1], new byte[5 * LIMIT], 0));
    assertThat(cut.key()).hasSize(LIMIT);
    assertThat(cut.value()).hasSize(LIMIT);
    assertThat(envelope(cut).getKeyCut() && envelope(cut).getValueCut()).isTrue();
    assertThat(envelope(cut).getKeySizeBytes()).isEqualTo(LIMIT + 1);
    assertThat(envelope(cut).getValueSizeBytes()).isEqualTo(5 * LIMIT);
  }

  @Test
  void leavesTheTimeToTheBrokerWhereTheRecordHasNone() {
    assertThat(letter(refused(null, null, -1)).timestamp()).isNull();
  }

  @Test
  void keepsTheRecordsHeadersButNotThoseOfAnEarlierRefusal() {
    var record = record(null, new byte[1], 0);
    record.headers().add("trace", new byte[] {9});
    record.headers().add(KafkaNames.ERROR_TOPIC_HEADER, new byte[] {9});
    record.headers().add(KafkaNames.DEAD_LETTER_HEADER, new byte[] {9});
    var letter = letter(refused(record));
    assertThat(letter.headers().lastHeader("trace").value()).containsExactly(9);
    var names = StreamSupport.stream(letter.headers().spliterator(), false).map(Header::key);
    assertThat(names.toList())
        .satisfies(list -> assertThat(new HashSet<>(list)).hasSameSizeAs(list));
  }

  @Test
  void isNeverLargerThanTheJobAsksOfTheTopic() {
    var record = record(filled(2 << 20), filled(2 << 20), 0);
    for (int i = 0; i < 10_000; i++) {
      record.headers().add("h", i % 2 == 0 ? new byte[0] : filled(100));
    }
    var config =
        IngestSetup.config(
            "localhost:9092",
            Path.of("store"),
            Transitions.spec("s".repeat(200), 1, 1),
            "dead-letter-value-limit: 1 KiB");
    var letter =
        new DeadLetterSchema(config.deadLetterTopic(), config.deadLetterValueLimitBytes())
            .serialize(refused(record), null, null);
    int size = letter.key().length + letter.value().length;
    for (Header header : letter.headers()) {
      // varints of both lengths beside the bytes
      size += header.key().length() + header.value().length + 10;
    }
    assertThat(size).isLessThan(DeadLetterSink.largestLetterBytes(config));
  }

  private ProducerRecord<byte[], byte[]> letter(RefusedRecord refused) {
    return schema.serialize(refused, null, null);
  }

  private static RefusedRecord refused(byte[] key, byte[] value, long timestamp) {
    return refused(record(key, value, timestamp));
  }

  private static RefusedRecord refused(ConsumerRecord<byte[], byte[]> record) {
    return new RefusedRecord(
        record,
        new Rejection(
            RejectionReason.REJECTION_REASON_NOT_FINITE, "action[2]", "NaN", "a finite number"),
        6);
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] key, byte[] value, long timestamp) {
    return new ConsumerRecord<>(
        "arm.transitions",
        3,
        41,
        timestamp,
        TimestampType.CREATE_TIME,
        -1,
        -1,
        key,
        value,
        new RecordHeaders(),
        Optional.empty());
  }

  private static byte[] filled(int length) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) 'x');
    return bytes;
  }

  private static DeadLetter envelope(ProducerRecord<byte[], byte[]> letter) throws Exception {
    return DeadLetter.parseFrom(letter.headers().lastHeader(KafkaNames.DEAD_LETTER_HEADER).value());
  }

  private static String header(ProducerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
