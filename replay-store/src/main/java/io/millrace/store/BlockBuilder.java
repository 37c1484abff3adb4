package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Gathers rows into columns and encodes them as a block, as drawn in {@link BlockFormat}. */
final class BlockBuilder {
  private final BlockFormat format;
  private final int partition;
  private final long[] offsets;
  private final long[] eventTimes;
  private final long[] episodeIds;
  private final long[] policyRevisions;
  private final float[] observations;
  private final float[] nextObservations;
  private final float[] actions;
  private final float[] rewards;
  private final float[] logProbabilities;
  private final int[] steps;
  private final byte[] flags;
  private final byte[] policyCodes;
  private final List<String> dictionary = new ArrayList<>();
  private final List<byte[]> dictionaryBytes = new ArrayList<>();
  private int dictionarySizeBytes;
  private int lastPolicyCode;
  private int rows;
  private long minEventTime;
  private long maxEventTime;

  BlockBuilder(StreamSpec spec, int partition) {
    format = new BlockFormat(spec);
    this.partition = partition;
    int n = format.rowsPerBlock();
    offsets = new long[n];
    eventTimes = new long[n];
    episodeIds = new long[n];
    policyRevisions = new long[n];
    observations = new float[n * format.observationSize()];
    nextObservations = new float[n * format.observationSize()];
    actions = new float[n * format.actionSize()];
    rewards = new float[n];
    logProbabilities = new float[n];
    steps = new int[n];
    flags = new byte[n];
    policyCodes = new byte[n];
  }

  int rows() {
    return rows;
  }

  boolean isFull() {
    return rows == format.rowsPerBlock();
  }

  /**
   * Copies a row; the block must not be full.
   *
   * @throws IllegalArgumentException if an array is not as long as the specification says, or the
   *     policy id is too long
   */
  void append(Row row) {
    int sizeS = format.observationSize();
    int sizeA = format.actionSize();
    checkLength("observation", row.observation.length, sizeS);
    checkLength("action", row.action.length, sizeA);
    checkLength("nextObservation", row.nextObservation.length, sizeS);
    policyCodes[rows] = (byte) policyCode(row.policyId);
    System.arraycopy(row.observation, 0, observations, rows * sizeS, sizeS);
    System.arraycopy(row.nextObservation, 0, nextObservations, rows * sizeS, sizeS);
    System.arraycopy(row.action, 0, actions, rows * sizeA, sizeA);
    offsets[rows] = row.offset;
    eventTimes[rows] = row.eventTimeMicros;
    episodeIds[rows] = row.episodeId;
    policyRevisions[rows] = row.policyRevision;
    rewards[rows] = row.reward;
    logProbabilities[rows] = row.behaviourLogProbability;
    steps[rows] = row.step;
    flags[rows] =
        (byte)
            ((row.terminated ? BlockFormat.TERMINATED : 0)
                | (row.truncated ? BlockFormat.TRUNCATED : 0));
    minEventTime = rows == 0 ? row.eventTimeMicros : Math.min(minEventTime, row.eventTimeMicros);
    maxEventTime = rows == 0 ? row.eventTimeMicros : Math.max(maxEventTime, row.eventTimeMicros);
    rows++;
  }

  long firstOffset() {
    return offsets[0];
  }

  long lastOffset() {
    return offsets[rows - 1];
  }

  long minEventTime() {
    return minEventTime;
  }

  long maxEventTime() {
    return maxEventTime;
  }

  /**
   * Encodes the rows gathered, at least one, and starts the next block.
   *
   * @param encoded is cleared first, has room for {@link BlockFormat#maxBlockBytes}, and is ready
   *     to read when this returns
   */
  void encode(ByteBuffer encoded) {
    int n = rows;
    int sizeS = format.observationSize();
    int sizeA = format.actionSize();
    encoded.clear().order(ByteOrder.LITTLE_ENDIAN);
    encoded
        .putInt(BlockFormat.MAGIC)
        .putShort((short) BlockFormat.VERSION)
        .putShort((short) n)
        .putInt(sizeS)
        .putInt(sizeA)
        .putLong(firstOffset())
        .putLong(lastOffset())
        .putLong(minEventTime)
        .putLong(maxEventTime)
        .putInt(partition)
        .putInt(dictionarySizeBytes)
        .putInt(dictionary.size())
        .putInt(0);
    encoded
        .asLongBuffer()
        .put(offsets, 0, n)
        .put(eventTimes, 0, n)
        .put(episodeIds, 0, n)
        .put(policyRevisions, 0, n);
    encoded.position(format.observationsAt(n));
    encoded
        .asFloatBuffer()
        .put(observations, 0, n * sizeS)
        .put(nextObservations, 0, n * sizeS)
        .put(actions, 0, n * sizeA)
        .put(rewards, 0, n)
        .put(logProbabilities, 0, n);
    encoded.position(format.stepsAt(n));
    encoded.asIntBuffer().put(steps, 0, n);
    encoded.position(format.flagsAt(n));
    encoded.put(flags, 0, n).put(policyCodes, 0, n);
    for (var entry : dictionaryBytes) {
      encoded.putShort((short) entry.length).put(entry);
    }
    encoded.flip();
    clear();
  }

  private void clear() {
    rows = 0;
    dictionary.clear();
    dictionaryBytes.clear();
    dictionarySizeBytes = 0;
  }

  /** Rows of a policy come in runs, so the last code is looked at first. */
  private int policyCode(String policyId) {
    if (!dictionary.isEmpty() && dictionary.get(lastPolicyCode).equals(policyId)) {
      return lastPolicyCode;
    }
    int code = dictionary.indexOf(policyId);
    if (code < 0) {
      var bytes = policyId.getBytes(StandardCharsets.UTF_8);
      if (bytes.length > Row.MAX_POLICY_ID_BYTES) {
        throw new IllegalArgumentException(
            "policyId: expected at most "
                + Row.MAX_POLICY_ID_BYTES
                + " bytes, got "
                + bytes.length);
      }
      code = dictionary.size();
      dictionary.add(policyId);
      dictionaryBytes.add(bytes);
      dictionarySizeBytes += 2 + bytes.length;
    }
    lastPolicyCode = code;
    return code;
  }

  private static void checkLength(String column, int actual, int expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(
          column + ": expected " + expected + " numbers, got " + actual);
    }
  }
}
