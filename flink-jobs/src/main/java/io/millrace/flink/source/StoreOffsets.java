package io.millrace.flink.source;

import io.millrace.flink.config.StartingPoint;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a job without state of its own starts: at the offsets that the store has committed. Read on
 * the JobManager, each time that such a job starts.
 */
final class StoreOffsets implements OffsetsInitializer {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(StoreOffsets.class);

  private final String store;
  private final StartingPoint start;

  /**
   * @param start where to start in partitions of which the store holds nothing
   */
  StoreOffsets(Path store, StartingPoint start) {
    this.store = store.toString();
    this.start = start;
  }

  @Override
  public Map<TopicPartition, Long> getPartitionOffsets(
      Collection<TopicPartition> partitions, PartitionOffsetsRetriever kafka) {
    var committed = committedOffsets();
    var first = kafka.beginningOffsets(partitions);
    var end = kafka.endOffsets(partitions);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Long stored = committed.get(partition.partition());
      if (stored == null) {
        offsets.put(partition, (start == StartingPoint.EARLIEST ? first : end).get(partition));
      } else {
        offsets.put(
            partition, continued(partition, stored, first.get(partition), end.get(partition)));
      }
    }
    LOG.info("Starting where the store {} ends: {}", store, offsets);
    return offsets;
  }

  private long continued(TopicPartition partition, long stored, long first, long end) {
    if (stored > end) {
      throw new SuppressRestartsException(
          new FlinkRuntimeException(
              "partition "
                  + partition
                  + " ends at offset "
                  + end
                  + ", but the store "
                  + store
                  + " has been written up to offset "
                  + stored
                  + " of it: the topic has been made anew since; expected a new store for it"));
    }
    if (stored < first) {
      LOG.warn(
          "Kafka no longer has offsets {} to {} of {}: retention deleted them before they were"
              + " ingested",
          stored,
          first - 1,
          partition);
    }
    return Math.max(stored, first);
  }

  private Map<Integer, Long> committedOffsets() {
    try {
      return ManifestLog.open(new StoreLayout(Path.of(store))).committedOffsets();
    } catch (IOException e) {
      throw new FlinkRuntimeException(
          "cannot read the store " + store + " on the JobManager: " + e.getMessage(), e);
    }
  }

  /** When retention overtakes a job that runs: what is gone is gone, the rest is still wanted. */
  @Override
  @SuppressWarnings("deprecation") // the type is Flink's choice
  public OffsetResetStrategy getAutoOffsetResetStrategy() {
    return OffsetResetStrategy.EARLIEST;
  }
}
