package io.millrace.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import io.millrace.store.PendingBatch;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.Test;

class BatchSerializersTest {
  private static final WriterBatch WRITER =
      new WriterBatch(
          "6f1c8f0e-run",
          17,
          new PendingBatch(
              List.of(
                  SegmentInfo.newBuilder()
                      .setPath("segments/6f1c8f0e-run/17-1-3-500-0011223344556677.sst")
                      .setShard(1)
                      .setPartition(3)
                      .setRows(256)
                      .setSizeBytes(26_624)
                      .setCrc32C(0xCAFEBABE)
                      .setFirstOffset(500)
                      .setLastOffset(760)
                      .setMinEventTimeMicros(1_767_225_600_000_000L)
                      .setMaxEventTimeMicros(1_767_225_600_255_000L)
                      .build()),
              List.of(
                  SourceRange.newBuilder()
                      .setPartition(3)
                      .setStartOffset(500)
                      .setEndOffset(761)
                      .setRejected(5)
                      .build(),
                  SourceRange.newBuilder()
                      .setPartition(4)
                      .setStartOffset(9)
                      .setEndOffset(10)
                      .setRejected(1)
                      .build())));
  private static final CheckpointBatch CHECKPOINT = new CheckpointBatch(18, WRITER);

  private final WriterBatchSerializer writers = new WriterBatchSerializer();
  private final CheckpointBatchSerializer checkpoints = new CheckpointBatchSerializer();

  @Test
  void readsWhatItWrites() throws Exception {
    assertThat(writers.deserialize(1, writers.serialize(WRITER))).isEqualTo(WRITER);
    assertThat(checkpoints.deserialize(1, checkpoints.serialize(CHECKPOINT))).isEqualTo(CHECKPOINT);
  }

  @Test
  void readsAndWritesTheBytesOfVersionOne() throws Exception {
    byte[] old = fixture("checkpoint-batch-v1.bin");
    assertThat(checkpoints.deserialize(1, old)).isEqualTo(CHECKPOINT);
    assertThat(checkpoints.getVersion()).isEqualTo(1);
    assertThat(checkpoints.serialize(CHECKPOINT)).isEqualTo(old);
  }

  @Test
  void refusesAnotherVersion() {
    assertThatThrownBy(() -> checkpoints.deserialize(2, new byte[64]))
        .isInstanceOf(IOException.class)
        .hasMessage("checkpoint batch: expected version 1, got 2");
    assertThatThrownBy(() -> writers.deserialize(0, new byte[64]))
        .isInstanceOf(IOException.class)
        .hasMessage("writer batch: expected version 1, got 0");
  }

  @Test
  void refusesBytesThatAreCutOff() throws Exception {
    assertRefusesEveryPrefix(writers, writers.serialize(WRITER));
    assertRefusesEveryPrefix(checkpoints, checkpoints.serialize(CHECKPOINT));
  }

  private static void assertRefusesEveryPrefix(
      SimpleVersionedSerializer<?> serializer, byte[] bytes) {
    for (int length = 0; length < bytes.length; length++) {
      var prefix = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> serializer.deserialize(1, prefix))
          .as("first %d bytes", length)
          .isInstanceOf(IOException.class);
    }
  }

  private static byte[] fixture(String name) throws IOException {
    try (var in = BatchSerializersTest.class.getResourceAsStream("/" + name)) {
      assertThat(in).as(name).isNotNull();
      return in.readAllBytes();
    }
  }
}
