package io.millrace.app.ingest;

import io.millrace.app.kafka.Topics;
import io.millrace.store.ManifestLog;
import java.io.IOException;
import java.util.Map;

/**
 * How far the store is behind the log.
 *
 * @param rowsStored rows committed since the store was made
 * @param rowsRejected records refused since then, each a dead letter
 * @param manifestSequence of the newest manifest, 0 for none
 * @param lag records of the topic that no manifest covers yet
 */
public record IngestProgress(long rowsStored, long rowsRejected, long manifestSequence, long lag) {
  /**
   * Compares the store's committed offsets with the ends of the topic.
   *
   * @throws io.millrace.app.kafka.KafkaFailure if the cluster does not answer
   */
  public static IngestProgress read(ManifestLog manifests, Topics topics, String topic)
      throws IOException, InterruptedException {
    // The ends first: what is committed afterwards cannot be ahead of them by more than arrives.
    var ends = topics.endOffsets(topic);
    var last = manifests.last();
    return new IngestProgress(
        last.map(manifest -> manifest.getTotalRows()).orElse(0L),
        last.map(manifest -> manifest.getTotalRejected()).orElse(0L),
        last.map(manifest -> manifest.getSequence()).orElse(0L),
        lag(ends, manifests.committedOffsets()));
  }

  private static long lag(Map<Integer, Long> ends, Map<Integer, Long> committed) {
    long lag = 0;
    for (var end : ends.entrySet()) {
      lag += Math.max(0, end.getValue() - committed.getOrDefault(end.getKey(), 0L));
    }
    return lag;
  }
}
