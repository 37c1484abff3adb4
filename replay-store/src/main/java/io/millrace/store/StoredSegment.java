package io.millrace.store;

import io.millrace.schemas.v1.SegmentInfo;
import java.io.IOException;

/** A segment that a reader has applied, and which of the store's rows it holds. */
final class StoredSegment {
  private final String path;
  private final long sequence;
  private final int shard;
  private final int partition;
  private final long firstRow;
  private final long rows;
  private final long firstOffset;
  private final long lastOffset;
  private final long minEventTime;
  private final long maxEventTime;

  /** Loaded when it is first needed; it is always the same, so a race only loads it twice. */
  private volatile BlockIndex index;

  StoredSegment(SegmentInfo info, long sequence, long firstRow) {
    path = info.getPath();
    this.sequence = sequence;
    shard = info.getShard();
    partition = info.getPartition();
    this.firstRow = firstRow;
    rows = info.getRows();
    firstOffset = info.getFirstOffset();
    lastOffset = info.getLastOffset();
    minEventTime = info.getMinEventTimeMicros();
    maxEventTime = info.getMaxEventTimeMicros();
  }

  /** Below the store's root; what errors name. */
  String path() {
    return path;
  }

  /** Of the manifest that named it. */
  long sequence() {
    return sequence;
  }

  int shard() {
    return shard;
  }

  int partition() {
    return partition;
  }

  /** Number of its first row in the store. */
  long firstRow() {
    return firstRow;
  }

  long rows() {
    return rows;
  }

  long firstOffset() {
    return firstOffset;
  }

  long lastOffset() {
    return lastOffset;
  }

  long minEventTime() {
    return minEventTime;
  }

  long maxEventTime() {
    return maxEventTime;
  }

  BlockIndex index(IndexLoader loader) throws IOException {
    var loaded = index;
    if (loaded == null) {
      loaded = loader.load(this);
      index = loaded;
    }
    return loaded;
  }

  /** Reads a segment's index from where its segment is. */
  @FunctionalInterface
  interface IndexLoader {
    BlockIndex load(StoredSegment segment) throws IOException;
  }
}
