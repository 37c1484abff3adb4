package io.millrace.flink.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.millrace.flink.Transitions;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.Transition;
import io.millrace.store.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TransitionDecoderTest {
  private static final StreamSpec SPEC = Transitions.spec("walker", 5, 2);

  private final TransitionDecoder decoder = new TransitionDecoder();
  private final Row row = new Row(SPEC);

  @Test
  void readsWhatTheProtobufLibraryWrites() throws Exception {
    for (int number = 0; number < 1_000; number++) {
      assertDecodesLikeTheLibrary(Transitions.of(SPEC, number).build().toByteArray());
    }
  }

  @Test
  void forgetsTheRecordBefore() throws Exception {
    decoder.decode(
        Transitions.of(SPEC, 2).setTerminated(true).setTruncated(true).build().toByteArray(), row);
    assertDecodesLikeTheLibrary(new byte[0]);
  }

  @Test
  void readsRepeatedNumbersInAnyFormThatTheEncodingAllows() throws Exception {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    out.writeFloat(Transition.OBSERVATION_FIELD_NUMBER, 1);
    out.writeByteArray(Transition.OBSERVATION_FIELD_NUMBER, new byte[8]);
    out.writeFloat(Transition.ACTION_FIELD_NUMBER, 0.5f);
    out.writeFloat(Transition.OBSERVATION_FIELD_NUMBER, 4);
    out.writeByteArray(Transition.OBSERVATION_FIELD_NUMBER, new byte[0]);
    out.writeFloat(Transition.NEXT_OBSERVATION_FIELD_NUMBER, 7);
    out.writeFloat(Transition.REWARD_FIELD_NUMBER, 1);
    out.writeFloat(Transition.REWARD_FIELD_NUMBER, 2);
    out.flush();
    assertDecodesLikeTheLibrary(bytes.toByteArray());
    assertThat(decoder.observationLength()).isEqualTo(4);
    assertThat(row.reward).isEqualTo(2);
  }

  @Test
  void countsNumbersPastTheEndOfTheRowWithoutKeepingThem() throws Exception {
    var transition = Transitions.of(SPEC, 1);
    for (int i = 0; i < 1_000; i++) {
      transition.addObservation(i).addAction(i).addNextObservation(i);
    }
    decoder.decode(transition.build().toByteArray(), row);
    assertThat(decoder.observationLength()).isEqualTo(1_005);
    assertThat(decoder.actionLength()).isEqualTo(1_002);
    assertThat(decoder.nextObservationLength()).isEqualTo(1_005);
    assertThat(row.observation).containsExactly(floats(transition.getObservationList(), 5));
  }

  @Test
  void passesOverFieldsOfANewerVersion() throws Exception {
    var group =
        UnknownFieldSet.newBuilder()
            .addField(
                3,
                UnknownFieldSet.Field.newBuilder()
                    .addGroup(
                        UnknownFieldSet.newBuilder()
                            .addField(1, UnknownFieldSet.Field.newBuilder().addFixed32(9).build())
                            .build())
                    .addLengthDelimited(ByteString.copyFromUtf8("text"))
                    .build())
            .build();
    var unknown =
        UnknownFieldSet.newBuilder()
            .addField(
                99,
                UnknownFieldSet.Field.newBuilder()
                    .addVarint(-1)
                    .addFixed64(1)
                    .addGroup(group)
                    .build())
            // the number of a field that we know, with a type that it never had
            .addField(
                Transition.EPISODE_ID_FIELD_NUMBER,
                UnknownFieldSet.Field.newBuilder().addVarint(5).build())
            .build();
    var bytes = Transitions.of(SPEC, 4).setUnknownFields(unknown).build().toByteArray();
    assertDecodesLikeTheLibrary(bytes);
    assertThat(decoder.observationLength()).isEqualTo(5);
  }

  @Test
  void takesAndRefusesTheSameBytesAsTheProtobufLibrary() throws Exception {
    long seed = 20_260_101;
    var random = new SplittableRandom(seed);
    int taken = 0;
    int refused = 0;
    for (int i = 0; i < 50_000; i++) {
      var bytes = damaged(Transitions.of(SPEC, i).build().toByteArray(), random);
      try {
        if (assertDecodesLikeTheLibrary(bytes)) {
          taken++;
        } else {
          refused++;
        }
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ", record " + i + ": " + hex(bytes), e);
      }
    }
    // both must happen often, or the comparison says nothing
    assertThat(taken).isGreaterThan(5_000);
    assertThat(refused).isGreaterThan(5_000);
  }

  @Test
  void readsGroupsAsDeepAsTheProtobufLibraryDoes() throws Exception {
    for (int depth : new int[] {1, 99, 100, 101, 500}) {
      var bytes = new byte[2 * depth];
      Arrays.fill(bytes, 0, depth, (byte) ((15 << 3) | 3));
      Arrays.fill(bytes, depth, 2 * depth, (byte) ((15 << 3) | 4));
      assertDecodesLikeTheLibrary(bytes);
    }
  }

  @Test
  void refusesANumberOfMoreThanTenBytes() {
    var bytes = new byte[12];
    bytes[0] = Transition.EVENT_TIME_MICROS_FIELD_NUMBER << 3;
    Arrays.fill(bytes, 1, 11, (byte) 0xff);
    assertThatThrownBy(() -> decoder.decode(bytes, row))
        .isInstanceOf(MalformedTransitionException.class)
        .hasMessage("at byte 1 a number is longer than 10 bytes");
  }

  @Test
  void saysWhereAndWhyBytesAreNoTransition() {
    assertThatThrownBy(() -> decoder.decode(new byte[] {0x38, 0x01, 0x0a, 0x05, 'a'}, row))
        .isInstanceOf(MalformedTransitionException.class)
        .hasMessage("at byte 3 a field is longer than the 1 bytes that are left");
  }

  /** Compares with the library; returns whether both took the bytes. */
  private boolean assertDecodesLikeTheLibrary(byte[] bytes) throws IOException {
    Transition expected;
    try {
      expected = Transition.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      assertThatThrownBy(() -> decoder.decode(bytes, row))
          .isInstanceOf(MalformedTransitionException.class);
      return false;
    }
    try {
      decoder.decode(bytes, row);
    } catch (MalformedTransitionException e) {
      // The library's fast path does not look at the last bit of the tenth byte.
      assertThat(e).as("the library takes it").hasMessageContaining("is longer than 10 bytes");
      return false;
    }
    assertThat(decoder.observationLength()).isEqualTo(expected.getObservationCount());
    assertThat(decoder.actionLength()).isEqualTo(expected.getActionCount());
    assertThat(decoder.nextObservationLength()).isEqualTo(expected.getNextObservationCount());
    assertThat(Arrays.copyOf(row.observation, Math.min(5, decoder.observationLength())))
        .containsExactly(floats(expected.getObservationList(), 5));
    assertThat(Arrays.copyOf(row.action, Math.min(2, decoder.actionLength())))
        .containsExactly(floats(expected.getActionList(), 2));
    assertThat(Arrays.copyOf(row.nextObservation, Math.min(5, decoder.nextObservationLength())))
        .containsExactly(floats(expected.getNextObservationList(), 5));
    int idBytes = expected.getPolicyIdBytes().size();
    assertThat(decoder.policyIdBytes()).isEqualTo(idBytes);
    if (idBytes <= Row.MAX_POLICY_ID_BYTES) {
      assertThat(row.policyId).isEqualTo(expected.getPolicyId());
    }
    assertThat(row.policyRevision).isEqualTo(expected.getPolicyRevision());
    assertThat(row.episodeId).isEqualTo(expected.getEpisodeId());
    assertThat(row.step).isEqualTo(expected.getStep());
    assertThat(row.eventTimeMicros).isEqualTo(expected.getEventTimeMicros());
    assertThat(row.reward).isEqualTo(Float.valueOf(expected.getReward()));
    assertThat(row.terminated).isEqualTo(expected.getTerminated());
    assertThat(row.truncated).isEqualTo(expected.getTruncated());
    assertThat(decoder.hasLogProbability()).isEqualTo(expected.hasBehaviourLogProbability());
    assertThat(row.behaviourLogProbability)
        .isEqualTo(
            Float.valueOf(
                expected.hasBehaviourLogProbability()
                    ? expected.getBehaviourLogProbability()
                    : Float.NaN));
    if (hasNonFinite(expected)) {
      assertThat(decoder.sawNonFinite()).isTrue();
    }
    return true;
  }

  private static boolean hasNonFinite(Transition transition) {
    return nonFinite(transition.getObservationList(), 5)
        || nonFinite(transition.getActionList(), 2)
        || nonFinite(transition.getNextObservationList(), 5)
        || !Float.isFinite(transition.getReward())
        || !Float.isFinite(transition.getBehaviourLogProbability());
  }

  private static boolean nonFinite(List<Float> numbers, int limit) {
    return numbers.stream().limit(limit).anyMatch(number -> !Float.isFinite(number));
  }

  /** One to three of: bytes changed, cut off, inserted, or a part repeated. */
  private static byte[] damaged(byte[] bytes, SplittableRandom random) {
    byte[] result = bytes;
    for (int left = 1 + random.nextInt(3); left > 0 && result.length > 0; left--) {
      int at = random.nextInt(result.length);
      result =
          switch (random.nextInt(5)) {
            case 0 -> with(result, at, (byte) random.nextInt(256));
            case 1 -> with(result, at, (byte) (result[at] ^ (1 << random.nextInt(8))));
            case 2 -> Arrays.copyOf(result, at);
            case 3 -> inserted(result, at, new byte[] {(byte) random.nextInt(256)});
            default ->
                inserted(
                    result,
                    random.nextInt(result.length + 1),
                    Arrays.copyOfRange(
                        result, at, Math.min(result.length, at + 1 + random.nextInt(12))));
          };
    }
    return result;
  }

  private static byte[] with(byte[] bytes, int at, byte value) {
    var changed = bytes.clone();
    changed[at] = value;
    return changed;
  }

  private static byte[] inserted(byte[] bytes, int at, byte[] part) {
    var longer = Arrays.copyOf(bytes, bytes.length + part.length);
    System.arraycopy(bytes, at, longer, at + part.length, bytes.length - at);
    System.arraycopy(part, 0, longer, at, part.length);
    return longer;
  }

  private static float[] floats(List<Float> list, int limit) {
    var floats = new float[Math.min(limit, list.size())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i);
    }
    return floats;
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }
}
