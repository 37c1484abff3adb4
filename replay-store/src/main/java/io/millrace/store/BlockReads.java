package io.millrace.store;

import java.util.Arrays;

/**
 * What to copy into a window: runs of rows, each within one block, and where they go. Runs of one
 * block stand next to each other, so that it is read once.
 */
final class BlockReads {
  private StoredSegment[] segments = new StoredSegment[64];
  private int[] blocks = new int[64];
  private int[] from = new int[64];
  private int[] counts = new int[64];
  private long[] targets = new long[64];
  private int length;

  void add(StoredSegment segment, int block, int fromRow, int count, long target) {
    if (length == segments.length) {
      int capacity = 2 * length;
      segments = Arrays.copyOf(segments, capacity);
      blocks = Arrays.copyOf(blocks, capacity);
      from = Arrays.copyOf(from, capacity);
      counts = Arrays.copyOf(counts, capacity);
      targets = Arrays.copyOf(targets, capacity);
    }
    segments[length] = segment;
    blocks[length] = block;
    from[length] = fromRow;
    counts[length] = count;
    targets[length] = target;
    length++;
  }

  int length() {
    return length;
  }

  StoredSegment segment(int at) {
    return segments[at];
  }

  int block(int at) {
    return blocks[at];
  }

  int from(int at) {
    return from[at];
  }

  int count(int at) {
    return counts[at];
  }

  /** Row of the window that the first row goes to. */
  long target(int at) {
    return targets[at];
  }

  boolean sameBlock(int one, int other) {
    return segments[one] == segments[other] && blocks[one] == blocks[other];
  }

  /** First rows of the window's runs, in the order of the runs. */
  long[] targets() {
    return Arrays.copyOf(targets, length);
  }
}
