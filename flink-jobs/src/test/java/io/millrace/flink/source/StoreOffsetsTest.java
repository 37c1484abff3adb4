package io.millrace.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.flink.Transitions;
import io.millrace.flink.config.StartingPoint;
import io.millrace.schemas.StreamSpec;
import io.millrace.store.Commit;
import io.millrace.store.ManifestLog;
import io.millrace.store.SegmentWriter;
import io.millrace.store.StoreLayout;
import io.millrace.store.WriterId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer.PartitionOffsetsRetriever;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreOffsetsTest {
  private static final StreamSpec SPEC = Transitions.spec("arm", 2, 1);
  private static final TopicPartition FIRST = new TopicPartition("arm.transitions", 0);
  private static final TopicPartition SECOND = new TopicPartition("arm.transitions", 1);

  @TempDir Path store;

  @Test
  void goOnWhereTheStoreEndsAndStartAfreshWhereItHasNothing() throws Exception {
    commitUpTo(100);
    assertThat(offsets(StartingPoint.EARLIEST, 5, 500)).isEqualTo(Map.of(FIRST, 100L, SECOND, 5L));
    assertThat(offsets(StartingPoint.LATEST, 5, 500)).isEqualTo(Map.of(FIRST, 100L, SECOND, 500L));
  }

  @Test
  void goOnAtTheOldestRecordLeftWhenRetentionHasOvertakenTheStore() throws Exception {
    commitUpTo(100);
    assertThat(offsets(StartingPoint.EARLIEST, 120, 500)).containsEntry(FIRST, 120L);
  }

  @Test
  void mayBeTheEndOfTheTopic() throws Exception {
    commitUpTo(100);
    assertThat(offsets(StartingPoint.EARLIEST, 0, 100)).containsEntry(FIRST, 100L);
  }

  @Test
  void areRefusedForGoodWhenTheTopicEndsBeforeTheStore() throws Exception {
    commitUpTo(100);
    assertThatThrownBy(() -> offsets(StartingPoint.EARLIEST, 0, 99))
        .isInstanceOf(SuppressRestartsException.class)
        .hasRootCauseMessage(
            "partition arm.transitions-0 ends at offset 99, but the store "
                + store
                + " has been written up to offset 100 of it: the topic has been made anew since;"
                + " expected a new store for it");
  }

  private Map<TopicPartition, Long> offsets(StartingPoint start, long first, long end) {
    return new StoreOffsets(store, start)
        .getPartitionOffsets(List.of(FIRST, SECOND), new Offsets(first, end));
  }

  private void commitUpTo(long offset) throws IOException {
    var layout = new StoreLayout(store);
    try (var writer = SegmentWriter.open(layout, SPEC, new WriterId("run", 0, 0))) {
      writer.skip(0, offset - 1);
      var pending = writer.finish();
      ManifestLog.open(layout)
          .commit(
              new Commit("run", 0, 1, FIRST.topic(), SPEC, pending.segments(), pending.sources()));
    }
  }

  /** What Kafka says of every partition. */
  private record Offsets(long first, long end) implements PartitionOffsetsRetriever {
    @Override
    public Map<TopicPartition, Long> committedOffsets(Collection<TopicPartition> partitions) {
      throw new AssertionError("the consumer group has no say");
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
      return each(partitions, end);
    }

    @Override
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
      return each(partitions, first);
    }

    @Override
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
        Map<TopicPartition, Long> timestamps) {
      throw new AssertionError("time has no say");
    }

    private static Map<TopicPartition, Long> each(
        Collection<TopicPartition> partitions, long offset) {
      return partitions.stream().collect(Collectors.toMap(at -> at, at -> offset));
    }
  }
}
