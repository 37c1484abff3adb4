package io.millrace.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads one block after another from memory that it owns: checks the header against what the index
 * says, and copies columns. As drawn in {@link BlockFormat}. Not thread-safe.
 */
final class BlockView implements AutoCloseable {
  private final BlockFormat format;
  private final ByteBuffer key = ByteBuffer.allocateDirect(BlockFormat.INDEX_KEY_BYTES);
  private final ByteBuffer block;
  private List<String> dictionary = List.of();
  private byte[] dictionaryBytes = new byte[0];
  private int rows;
  private int partition;

  BlockView(BlockFormat format) {
    this.format = format;
    block = ByteBuffer.allocateDirect(format.maxBlockBytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Scratch for the key of a block. */
  ByteBuffer key() {
    return key;
  }

  /** Where the next block goes; {@link #check} must follow. */
  ByteBuffer memory() {
    return block;
  }

  int rows() {
    return rows;
  }

  /**
   * Checks the block that has been put into {@link #memory}.
   *
   * @param size how many bytes it has
   * @param number which block of the segment it is
   * @throws StoreCorruptionException naming the segment, if it is not that block
   */
  void check(int size, StoredSegment segment, BlockIndex index, int number)
      throws StoreCorruptionException {
    int n = index.rows(number);
    boolean whole =
        size >= BlockFormat.HEADER_BYTES
            && size <= block.capacity()
            && block.getInt(0) == BlockFormat.MAGIC
            && block.getShort(4) == BlockFormat.VERSION
            && Short.toUnsignedInt(block.getShort(6)) == n
            && block.getInt(8) == format.observationSize()
            && block.getInt(12) == format.actionSize()
            && block.getLong(16) == index.firstOffset(number)
            && block.getLong(24) == index.lastOffset(number)
            && block.getLong(32) == index.minEventTime(number)
            && block.getLong(40) == index.maxEventTime(number)
            && block.getInt(48) == segment.partition()
            && block.getInt(52) >= 0
            && size - block.getInt(52) == format.blockBytes(n, 0)
            && block.getInt(56) >= 1
            && block.getInt(56) <= n;
    if (!whole) {
      throw new StoreCorruptionException(
          segment.path()
              + ": block "
              + number
              + " (of "
              + size
              + " bytes) is not the one that the segment's index describes");
    }
    rows = n;
    partition = segment.partition();
  }

  long offset(int row) {
    return block.getLong(format.offsetsAt() + 8 * row);
  }

  long eventTime(int row) {
    return block.getLong(format.eventTimesAt(rows) + 8 * row);
  }

  long episodeId(int row) {
    return block.getLong(format.episodeIdsAt(rows) + 8 * row);
  }

  int step(int row) {
    return block.getInt(format.stepsAt(rows) + 4 * row);
  }

  /** Fills a row; its policy id comes from {@link #dictionary}. */
  void get(int at, List<String> policyIds, Row row) {
    row.partition = partition;
    row.offset = offset(at);
    row.eventTimeMicros = eventTime(at);
    row.episodeId = episodeId(at);
    row.step = step(at);
    row.policyRevision = block.getLong(format.policyRevisionsAt(rows) + 8 * at);
    row.policyId = policyIds.get(Byte.toUnsignedInt(block.get(format.policyIdsAt(rows) + at)));
    getFloats(format.observationsAt(rows), at, row.observation);
    getFloats(format.nextObservationsAt(rows), at, row.nextObservation);
    getFloats(format.actionsAt(rows), at, row.action);
    row.reward = block.getFloat(format.rewardsAt(rows) + 4 * at);
    row.behaviourLogProbability = block.getFloat(format.logProbabilitiesAt(rows) + 4 * at);
    int flags = block.get(format.flagsAt(rows) + at);
    row.terminated = (flags & BlockFormat.TERMINATED) != 0;
    row.truncated = (flags & BlockFormat.TRUNCATED) != 0;
  }

  /**
   * Finds where a column of longs lies in [from, to).
   *
   * @param columnAt {@link BlockFormat#offsetsAt} or {@link BlockFormat#eventTimesAt}
   * @return first and last (exclusive) row of each run, one after the other
   */
  int[] runs(int columnAt, long from, long to) {
    var runs = new int[8];
    int length = 0;
    boolean inside = false;
    for (int row = 0; row <= rows; row++) {
      long value = row < rows ? block.getLong(columnAt + 8 * row) : 0;
      boolean matches = row < rows && value >= from && value < to;
      if (matches != inside) {
        if (length == runs.length) {
          runs = Arrays.copyOf(runs, 2 * length);
        }
        runs[length++] = row;
        inside = matches;
      }
    }
    return Arrays.copyOf(runs, length);
  }

  /** Copies rows of one column to a window. */
  void copy(Column column, int from, int count, ByteBuffer target, long targetRow) {
    switch (column) {
      case OBSERVATION ->
          copy(
              format.observationsAt(rows),
              4 * format.observationSize(),
              from,
              count,
              target,
              targetRow);
      case ACTION ->
          copy(format.actionsAt(rows), 4 * format.actionSize(), from, count, target, targetRow);
      case REWARD -> copy(format.rewardsAt(rows), 4, from, count, target, targetRow);
      case NEXT_OBSERVATION ->
          copy(
              format.nextObservationsAt(rows),
              4 * format.observationSize(),
              from,
              count,
              target,
              targetRow);
      case TERMINATED -> copyFlag(BlockFormat.TERMINATED, from, count, target, targetRow);
      case TRUNCATED -> copyFlag(BlockFormat.TRUNCATED, from, count, target, targetRow);
      case BEHAVIOUR_LOG_PROBABILITY ->
          copy(format.logProbabilitiesAt(rows), 4, from, count, target, targetRow);
      case EVENT_TIME -> copy(format.eventTimesAt(rows), 8, from, count, target, targetRow);
      case EPISODE_ID -> copy(format.episodeIdsAt(rows), 8, from, count, target, targetRow);
      case STEP -> copy(format.stepsAt(rows), 4, from, count, target, targetRow);
      case POLICY_REVISION ->
          copy(format.policyRevisionsAt(rows), 8, from, count, target, targetRow);
      case POLICY_ID -> copy(format.policyIdsAt(rows), 1, from, count, target, targetRow);
      case PARTITION -> {
        int at = (int) targetRow * 4;
        for (int row = 0; row < count; row++) {
          target.putInt(at + 4 * row, partition);
        }
      }
      case OFFSET -> copy(format.offsetsAt(), 8, from, count, target, targetRow);
    }
  }

  /**
   * The block's policy ids.
   *
   * @throws StoreCorruptionException naming the segment, if it is no dictionary, or a row is of no
   *     entry of it
   */
  List<String> dictionary(StoredSegment segment) throws StoreCorruptionException {
    int entries = block.getInt(56);
    int size = block.getInt(52);
    var bytes = new byte[size];
    block.get(format.dictionaryAt(rows), bytes);
    if (entries != dictionary.size() || !Arrays.equals(bytes, dictionaryBytes)) {
      dictionary = decode(bytes, entries, segment);
      dictionaryBytes = bytes;
    }
    int codesAt = format.policyIdsAt(rows);
    for (int row = 0; row < rows; row++) {
      int code = Byte.toUnsignedInt(block.get(codesAt + row));
      if (code >= entries) {
        throw new StoreCorruptionException(
            segment.path()
                + ": row "
                + row
                + " of a block is of policy "
                + code
                + ", and its dictionary has "
                + entries);
      }
    }
    return dictionary;
  }

  @Override
  public void close() {
    DirectMemory.free(block);
    DirectMemory.free(key);
  }

  private void copy(
      int columnAt, int rowBytes, int from, int count, ByteBuffer target, long targetRow) {
    target.put((int) (targetRow * rowBytes), block, columnAt + from * rowBytes, count * rowBytes);
  }

  private void copyFlag(int flag, int from, int count, ByteBuffer target, long targetRow) {
    int flagsAt = format.flagsAt(rows) + from;
    int at = (int) targetRow * 4;
    for (int row = 0; row < count; row++) {
      target.putFloat(at + 4 * row, (block.get(flagsAt + row) & flag) != 0 ? 1 : 0);
    }
  }

  private void getFloats(int columnAt, int row, float[] into) {
    int at = columnAt + 4 * into.length * row;
    for (int i = 0; i < into.length; i++) {
      into[i] = block.getFloat(at + 4 * i);
    }
  }

  private static List<String> decode(byte[] bytes, int entries, StoredSegment segment)
      throws StoreCorruptionException {
    var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    var decoded = new ArrayList<String>(entries);
    for (int i = 0; i < entries; i++) {
      int length = in.remaining() < 2 ? -1 : Short.toUnsignedInt(in.getShort());
      if (length < 0 || length > in.remaining()) {
        throw new StoreCorruptionException(
            segment.path() + ": the dictionary of a block ends within entry " + i);
      }
      try {
        decoded.add(
            StandardCharsets.UTF_8.newDecoder().decode(in.slice(in.position(), length)).toString());
      } catch (CharacterCodingException e) {
        throw new StoreCorruptionException(
            segment.path() + ": entry " + i + " of a block's dictionary is not UTF-8", e);
      }
      in.position(in.position() + length);
    }
    if (in.hasRemaining()) {
      throw new StoreCorruptionException(
          segment.path() + ": the dictionary of a block is longer than its entries");
    }
    return List.copyOf(decoded);
  }
}
