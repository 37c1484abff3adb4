package io.millrace.flink.validate;

import io.millrace.schemas.v1.Transition;
import io.millrace.store.Row;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads a serialized {@link Transition} into a {@link Row}, field by field from the wire, without a
 * message object in between. Takes and refuses the bytes that the Protobuf library does, but for
 * numbers of more than the ten bytes that the encoding allows, some of which the library takes.
 *
 * <p>Lengths and values are not judged here: {@link #observationLength} and the like say how much
 * there was, and {@link #sawNonFinite} whether a number was NaN or infinite.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf's encoding</a>
 */
final class TransitionDecoder {
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int START_GROUP = 3;
  private static final int END_GROUP = 4;
  private static final int FIXED32 = 5;

  // Tag = field number << 3 | wire type.
  private static final int POLICY_ID = Transition.POLICY_ID_FIELD_NUMBER << 3 | BYTES;
  private static final int POLICY_REVISION = Transition.POLICY_REVISION_FIELD_NUMBER << 3 | VARINT;
  private static final int EPISODE_ID = Transition.EPISODE_ID_FIELD_NUMBER << 3 | FIXED64;
  private static final int STEP = Transition.STEP_FIELD_NUMBER << 3 | VARINT;
  private static final int EVENT_TIME = Transition.EVENT_TIME_MICROS_FIELD_NUMBER << 3 | VARINT;
  private static final int OBSERVATION = Transition.OBSERVATION_FIELD_NUMBER << 3 | BYTES;
  private static final int ACTION = Transition.ACTION_FIELD_NUMBER << 3 | BYTES;
  private static final int REWARD = Transition.REWARD_FIELD_NUMBER << 3 | FIXED32;
  private static final int NEXT_OBSERVATION = Transition.NEXT_OBSERVATION_FIELD_NUMBER << 3 | BYTES;
  private static final int TERMINATED = Transition.TERMINATED_FIELD_NUMBER << 3 | VARINT;
  private static final int TRUNCATED = Transition.TRUNCATED_FIELD_NUMBER << 3 | VARINT;
  private static final int BEHAVIOUR_LOG_PROBABILITY =
      Transition.BEHAVIOUR_LOG_PROBABILITY_FIELD_NUMBER << 3 | FIXED32;

  // A repeated float may also come as one tagged number after the other.
  private static final int SINGLE_OBSERVATION = OBSERVATION - BYTES + FIXED32;
  private static final int SINGLE_ACTION = ACTION - BYTES + FIXED32;
  private static final int SINGLE_NEXT_OBSERVATION = NEXT_OBSERVATION - BYTES + FIXED32;

  private static final int MAX_VARINT_BYTES = 10;
  // As in com.google.protobuf.CodedInputStream.
  private static final int MAX_GROUP_DEPTH = 100;

  // All exponent bits set is NaN or infinity; adding one exponent step then carries into the sign.
  private static final int EXPONENT = 0x7f800000;
  private static final int EXPONENT_STEP = 0x00800000;

  private final int[] openGroups = new int[MAX_GROUP_DEPTH];

  // Nearly every record has the policy id of the one before it.
  private byte[] lastPolicyIdBytes = {};
  private String lastPolicyId = "";

  private byte[] bytes = {};
  private int at;
  private int observationLength;
  private int actionLength;
  private int nextObservationLength;
  private int policyIdBytes;
  private boolean hasLogProbability;
  private int exponents;

  /**
   * Reads the whole of a value; what it does not mention is zero, and the log-probability NaN.
   *
   * @param row of the stream's sizes; its partition and offset are left alone
   * @throws MalformedTransitionException if these bytes are not a Transition; the row then holds
   *     anything
   */
  void decode(byte[] value, Row row) throws MalformedTransitionException {
    bytes = value;
    at = 0;
    observationLength = 0;
    actionLength = 0;
    nextObservationLength = 0;
    policyIdBytes = 0;
    hasLogProbability = false;
    exponents = 0;
    row.policyId = "";
    row.policyRevision = 0;
    row.episodeId = 0;
    row.step = 0;
    row.eventTimeMicros = 0;
    row.reward = 0;
    row.terminated = false;
    row.truncated = false;
    row.behaviourLogProbability = Float.NaN;
    while (at < bytes.length) {
      int tag = tag();
      switch (tag) {
        case POLICY_ID -> policyId(row);
        case POLICY_REVISION -> row.policyRevision = varint();
        case EPISODE_ID -> row.episodeId = fixed64();
        case STEP -> row.step = (int) varint();
        case EVENT_TIME -> row.eventTimeMicros = varint();
        case OBSERVATION -> observationLength = packed(row.observation, observationLength);
        case SINGLE_OBSERVATION -> observationLength = single(row.observation, observationLength);
        case ACTION -> actionLength = packed(row.action, actionLength);
        case SINGLE_ACTION -> actionLength = single(row.action, actionLength);
        case REWARD -> row.reward = number();
        case NEXT_OBSERVATION ->
            nextObservationLength = packed(row.nextObservation, nextObservationLength);
        case SINGLE_NEXT_OBSERVATION ->
            nextObservationLength = single(row.nextObservation, nextObservationLength);
        case TERMINATED -> row.terminated = varint() != 0;
        case TRUNCATED -> row.truncated = varint() != 0;
        case BEHAVIOUR_LOG_PROBABILITY -> {
          row.behaviourLogProbability = number();
          hasLogProbability = true;
        }
        default -> skip(tag);
      }
    }
  }

  /** How many numbers the observation had, of which at most the stream's are in the row. */
  int observationLength() {
    return observationLength;
  }

  /** How many numbers the action had. */
  int actionLength() {
    return actionLength;
  }

  /** How many numbers the next observation had. */
  int nextObservationLength() {
    return nextObservationLength;
  }

  /** Length of the policy id in UTF-8. */
  int policyIdBytes() {
    return policyIdBytes;
  }

  /** True if there was a log-probability, which may itself be NaN. */
  boolean hasLogProbability() {
    return hasLogProbability;
  }

  /**
   * True if any number of the record, even one that a later field replaced, was NaN or infinite;
   * the absence of a log-probability does not count.
   */
  boolean sawNonFinite() {
    return exponents < 0;
  }

  private void policyId(Row row) throws MalformedTransitionException {
    int length = length();
    policyIdBytes = length;
    if (!Arrays.equals(bytes, at, at + length, lastPolicyIdBytes, 0, lastPolicyIdBytes.length)) {
      var id = utf8(length);
      if (length > Row.MAX_POLICY_ID_BYTES) {
        at += length; // of a record that will be refused: not worth keeping
        return;
      }
      lastPolicyId = id;
      lastPolicyIdBytes = Arrays.copyOfRange(bytes, at, at + length);
    }
    row.policyId = lastPolicyId;
    at += length;
  }

  private String utf8(int length) throws MalformedTransitionException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, at, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedTransitionException(at, "policy_id is not UTF-8");
    }
  }

  /** Appends packed numbers to what a field has; those past the end of the target are counted. */
  private int packed(float[] target, int filled) throws MalformedTransitionException {
    int length = length();
    if ((length & 3) != 0) {
      throw new MalformedTransitionException(at, length + " bytes are no whole number of floats");
    }
    int count = length >> 2;
    int stored = Math.min(count, Math.max(0, target.length - filled));
    byte[] source = bytes;
    int from = at;
    int seen = exponents;
    for (int i = 0; i < stored; i++) {
      int bits = (int) INT32.get(source, from + (i << 2));
      seen |= (bits & EXPONENT) + EXPONENT_STEP;
      target[filled + i] = Float.intBitsToFloat(bits);
    }
    exponents = seen;
    at += length;
    return filled + count;
  }

  private int single(float[] target, int filled) throws MalformedTransitionException {
    float number = number();
    if (filled < target.length) {
      target[filled] = number;
    }
    return filled + 1;
  }

  private float number() throws MalformedTransitionException {
    int bits = fixed32();
    exponents |= (bits & EXPONENT) + EXPONENT_STEP;
    return Float.intBitsToFloat(bits);
  }

  private int tag() throws MalformedTransitionException {
    int from = at;
    int tag = (int) varint();
    if (tag >>> 3 == 0) {
      throw new MalformedTransitionException(from, "a field has the number 0");
    }
    return tag;
  }

  private int length() throws MalformedTransitionException {
    int from = at;
    int length = (int) varint();
    if (length < 0 || length > bytes.length - at) {
      throw new MalformedTransitionException(
          from, "a field is longer than the " + (bytes.length - at) + " bytes that are left");
    }
    return length;
  }

  private long varint() throws MalformedTransitionException {
    int from = at;
    if (from < bytes.length && bytes[from] >= 0) {
      at = from + 1;
      return bytes[from];
    }
    long value = 0;
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
      require(1);
      byte part = bytes[at++];
      value |= (part & 0x7fL) << (7 * i);
      if (part >= 0) {
        return value;
      }
    }
    throw new MalformedTransitionException(from, "a number is longer than 10 bytes");
  }

  private int fixed32() throws MalformedTransitionException {
    require(4);
    int value = (int) INT32.get(bytes, at);
    at += 4;
    return value;
  }

  private long fixed64() throws MalformedTransitionException {
    require(8);
    long value = (long) INT64.get(bytes, at);
    at += 8;
    return value;
  }

  private void require(int count) throws MalformedTransitionException {
    if (count > bytes.length - at) {
      throw new MalformedTransitionException(at, "the record ends within a field");
    }
  }

  /** Passes over a field of a newer version of the message, groups and what is in them included. */
  private void skip(int firstTag) throws MalformedTransitionException {
    int tag = firstTag;
    int depth = 0;
    do {
      switch (tag & 7) {
        case VARINT -> varint();
        case FIXED64 -> {
          require(8);
          at += 8;
        }
        case BYTES -> {
          int length = length();
          at += length;
        }
        case FIXED32 -> {
          require(4);
          at += 4;
        }
        case START_GROUP -> {
          if (depth == MAX_GROUP_DEPTH) {
            throw new MalformedTransitionException(at, "more than 100 groups in each other");
          }
          openGroups[depth++] = tag >>> 3;
        }
        case END_GROUP -> {
          if (depth == 0 || openGroups[--depth] != tag >>> 3) {
            throw new MalformedTransitionException(at, "a group ends that was not begun");
          }
        }
        default -> throw new MalformedTransitionException(at, "wire type " + (tag & 7));
      }
      if (depth > 0) {
        tag = tag();
      }
    } while (depth > 0);
  }
}
