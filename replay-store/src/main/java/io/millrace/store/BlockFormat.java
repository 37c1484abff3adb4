package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.nio.ByteBuffer;

/**
 * How rows lie in a block, and a block in a segment.
 *
 * <p>A segment is one SST file. Its keys, big-endian so that bytes order as numbers do:
 *
 * <pre>
 * block:  shard u16 | partition u16 | offset of the first row u64
 * index:  shard u16 | partition u16 | offset of the segment's last row u64 | 01
 * </pre>
 *
 * The index (drawn in {@link BlockIndex}) comes once, after all blocks. The value of a block,
 * little-endian, n rows of observation size S and action size A, columns without gaps:
 *
 * <pre>
 *   0  u32  magic 4D 52 42 4B ("MRBK")
 *   4  u16  version, 1
 *   6  u16  n, 1 to 256
 *   8  u32  S
 *  12  u32  A
 *  16  i64  offset of the first row
 *  24  i64  offset of the last row
 *  32  i64  smallest event time, microseconds since 1970
 *  40  i64  largest event time
 *  48  u32  partition
 *  52  u32  bytes of the dictionary
 *  56  u32  entries of the dictionary, 1 to n
 *  60  u32  0
 *  64  i64  offset              [n]
 *      i64  event time          [n]
 *      i64  episode id          [n]
 *      u64  policy revision     [n]
 *      f32  observation         [n][S]
 *      f32  next observation    [n][S]
 *      f32  action              [n][A]
 *      f32  reward              [n]
 *      f32  log probability     [n]  NaN: not logged
 *      u32  step                [n]
 *      u8   flags               [n]  1: terminated, 2: truncated
 *      u8   policy id           [n]  which entry of the dictionary
 *      dictionary: per entry u16 length, UTF-8
 * </pre>
 *
 * Observation and next observation are neighbours, so that LZ4, which looks 64 KiB back, finds the
 * next observation of one row in the observation of another. The SST file holds a checksum of every
 * block (XXH3) and the manifest one of the whole file (CRC-32C).
 */
final class BlockFormat {
  /** Version of this layout and of {@link BlockIndex}: what a manifest calls the layout version. */
  static final int VERSION = 1;

  static final int MAGIC = 0x4B42524D;
  static final int HEADER_BYTES = 64;
  static final int BLOCK_KEY_BYTES = 12;
  static final int INDEX_KEY_BYTES = 13;
  static final int TERMINATED = 1;
  static final int TRUNCATED = 2;

  private static final int MAX_ROWS = 256;

  /** Rows as long as an image make smaller blocks, so that reading one row stays cheap. */
  private static final int MAX_COLUMN_BYTES = 1 << 20;

  private static final byte INDEX_SUFFIX = 1;

  /** The four 8-byte columns come first, then the floats: their bytes a row. */
  private static final int LONGS_BYTES = 4 * 8;

  private final int observationSize;
  private final int actionSize;
  private final int rowBytes;
  private final int rowsPerBlock;

  BlockFormat(StreamSpec spec) {
    observationSize = spec.observationSize();
    actionSize = spec.actionSize();
    rowBytes = LONGS_BYTES + 4 * (2 * observationSize + actionSize) + 3 * 4 + 2;
    int rows = MAX_ROWS;
    while (rows > 1 && rows * rowBytes > MAX_COLUMN_BYTES) {
      rows /= 2;
    }
    rowsPerBlock = rows;
  }

  int observationSize() {
    return observationSize;
  }

  int actionSize() {
    return actionSize;
  }

  /** Every block but the last of a segment has so many rows. */
  int rowsPerBlock() {
    return rowsPerBlock;
  }

  /** Bytes of a row in its block, without the dictionary. */
  int rowBytes() {
    return rowBytes;
  }

  /** No block is larger: what a reader has to have room for. */
  int maxBlockBytes() {
    return HEADER_BYTES + rowsPerBlock * (rowBytes + 2 + Row.MAX_POLICY_ID_BYTES);
  }

  /** Size of a block. */
  int blockBytes(int rows, int dictionaryBytes) {
    return HEADER_BYTES + rows * rowBytes + dictionaryBytes;
  }

  int offsetsAt() {
    return HEADER_BYTES;
  }

  int eventTimesAt(int rows) {
    return HEADER_BYTES + rows * 8;
  }

  int episodeIdsAt(int rows) {
    return HEADER_BYTES + rows * 16;
  }

  int policyRevisionsAt(int rows) {
    return HEADER_BYTES + rows * 24;
  }

  int observationsAt(int rows) {
    return HEADER_BYTES + rows * LONGS_BYTES;
  }

  int nextObservationsAt(int rows) {
    return observationsAt(rows) + rows * 4 * observationSize;
  }

  int actionsAt(int rows) {
    return nextObservationsAt(rows) + rows * 4 * observationSize;
  }

  int rewardsAt(int rows) {
    return actionsAt(rows) + rows * 4 * actionSize;
  }

  int logProbabilitiesAt(int rows) {
    return rewardsAt(rows) + rows * 4;
  }

  int stepsAt(int rows) {
    return rewardsAt(rows) + rows * 8;
  }

  int flagsAt(int rows) {
    return rewardsAt(rows) + rows * 12;
  }

  int policyIdsAt(int rows) {
    return flagsAt(rows) + rows;
  }

  int dictionaryAt(int rows) {
    return flagsAt(rows) + rows * 2;
  }

  /** Puts the key of a block where the buffer stands, and makes it ready to read. */
  static void putBlockKey(ByteBuffer key, int shard, int partition, long firstOffset) {
    key.clear();
    key.putShort((short) shard).putShort((short) partition).putLong(firstOffset).flip();
  }

  /** Puts the key of a segment's index where the buffer stands, and makes it ready to read. */
  static void putIndexKey(ByteBuffer key, int shard, int partition, long lastOffset) {
    key.clear();
    key.putShort((short) shard).putShort((short) partition).putLong(lastOffset);
    key.put(INDEX_SUFFIX).flip();
  }
}
