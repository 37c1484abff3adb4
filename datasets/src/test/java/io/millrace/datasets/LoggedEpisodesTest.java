package io.millrace.datasets;

import static io.millrace.datasets.NpzFixture.floats;
import static io.millrace.datasets.NpzFixture.longs;
import static io.millrace.datasets.NpzFixture.twoRows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.schemas.StreamSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggedEpisodesTest {
  @TempDir Path directory;

  // Expected values as numpy.load shows them.
  @Test
  void readsWhatNumPyWrote() throws Exception {
    LoggedEpisodes episodes = LoggedEpisodes.pendulumReplay();
    assertThat(episodes.rows()).isEqualTo(18_000);
    assertThat(episodes.observationSize()).isEqualTo(3);
    assertThat(episodes.actionSize()).isEqualTo(1);
    assertThat(episodes.spec("pendulum"))
        .isEqualTo(new StreamSpec("pendulum", 3, new float[] {-2}, new float[] {2}));
    assertThat(episodes.description().orElseThrow())
        .startsWith("{\"policy\": \"SAC training buffer, steps 0..18000\"")
        .endsWith("\"max_return\": -132.7722966837464}");
    assertThat(episodes.ignoredArrays()).isEmpty();

    double rewards = 0;
    int ends = 0;
    for (int row = 0; row < episodes.rows(); row++) {
      rewards += episodes.rewards()[row];
      assertThat(episodes.terminated()[row]).isFalse();
      assertThat(episodes.truncated()[row]).isEqualTo(row % 200 == 199);
      ends += episodes.truncated()[row] ? 1 : 0;
      assertThat(episodes.episodeIds()[row]).isEqualTo(row / 200);
      assertThat(episodes.steps()[row]).isEqualTo(row % 200);
      assertThat(episodes.behaviourLogProbabilities()[row]).isBetween(-6.62f, 2.38f);
    }
    assertThat(ends).isEqualTo(90);
    assertThat(rewards / 90).isCloseTo(-1224.83, within(.01));
  }

  @Test
  void turnsARowIntoATransition() throws Exception {
    var episodes =
        LoggedEpisodes.read(
            twoRows()
                .with("behavior_logprob", "<f4", "(2,)", floats(Float.NaN, -1.5f))
                .in(directory));
    var first = episodes.toTransition(0, "logged", 3, 1000, 42);
    assertThat(first.getPolicyId()).isEqualTo("logged");
    assertThat(first.getPolicyRevision()).isEqualTo(3);
    assertThat(first.getEpisodeId()).isEqualTo(1007);
    assertThat(first.getStep()).isZero();
    assertThat(first.getEventTimeMicros()).isEqualTo(42);
    assertThat(first.getObservationList()).containsExactly(1f, 2f);
    assertThat(first.getActionList()).containsExactly(.5f);
    assertThat(first.getReward()).isEqualTo(-1);
    assertThat(first.getNextObservationList()).containsExactly(3f, 4f);
    assertThat(first.getTerminated()).isFalse();
    assertThat(first.getTruncated()).isTrue();
    assertThat(first.hasBehaviourLogProbability()).isFalse();

    var second = episodes.toTransition(1, "logged", 3, 1000, 43);
    assertThat(second.getObservationList()).containsExactly(3f, 4f);
    assertThat(second.getActionList()).containsExactly(-.5f);
    assertThat(second.getStep()).isEqualTo(1);
    assertThat(second.getTerminated()).isTrue();
    assertThat(second.getTruncated()).isFalse();
    assertThat(second.getBehaviourLogProbability()).isEqualTo(-1.5f);
  }

  @Test
  void readsOtherNumberTypesAndBigEndianBytes() throws Exception {
    var doubles = ByteBuffer.allocate(16).order(ByteOrder.BIG_ENDIAN).putDouble(-1.25).putDouble(8);
    var episodes =
        LoggedEpisodes.read(
            twoRows()
                .with("reward", ">f8", "(2,)", doubles.array())
                .with("terminated", "<f4", "(2,)", floats(0, 1))
                .with("truncated", "|u1", "(2,)", new byte[] {1, 0})
                .with("episode_id", "|u1", "(2,)", new byte[] {(byte) 200, 1})
                .with("step", "<i2", "(2,)", new byte[] {1, 1, 2, 0})
                .with("extra", "<f4", "()", floats(1))
                .in(directory));
    assertThat(episodes.rewards()).containsExactly(-1.25f, 8f);
    assertThat(episodes.terminated()).containsExactly(false, true);
    assertThat(episodes.truncated()).containsExactly(true, false);
    assertThat(episodes.episodeIds()).containsExactly(200, 1);
    assertThat(episodes.steps()).containsExactly(257, 2);
    assertThat(episodes.behaviourLogProbabilities()).containsOnly(Float.NaN);
    assertThat(episodes.description()).isEmpty();
    assertThat(episodes.ignoredArrays()).containsExactly("extra");
  }

  @Test
  void readsTextOutsideOfAscii() throws Exception {
    byte[] text = "θ → 😀\0\0".getBytes(Charset.forName("UTF-32LE"));
    var file = twoRows().with("meta", "<U7", "()", text).in(directory);
    assertThat(LoggedEpisodes.read(file).description()).contains("θ → 😀");
  }

  @Test
  void namesTheArrayThatIsMissing() {
    refuses(twoRows().without("next_obs"), "array 'next_obs' is missing", "[2, 2]", "[obs, action");
  }

  @Test
  void namesTheArrayOfTheWrongShape() {
    refuses(
        twoRows().with("obs", "<f4", "(4,)", floats(1, 2, 3, 4)),
        "array 'obs' is <f4 [4]: expected [rows, observation size]");
    refuses(
        twoRows().with("next_obs", "<f4", "(2, 1)", floats(1, 2)),
        "array 'next_obs' (<f4 [2, 1]) expected [2, 2]");
    refuses(
        twoRows().with("reward", "<f4", "(3,)", floats(1, 2, 3)),
        "array 'reward' (<f4 [3]) expected [2], as many rows as obs");
    refuses(
        twoRows().with("action_high", "<f4", "(2,)", floats(1, 2)), "array 'action_high'", "[1]");
    refuses(twoRows().with("obs", "<f4", "(0, 2)", new byte[0]), "array 'obs'", "is empty");
  }

  @Test
  void namesTheArrayOfTheWrongType() {
    refuses(
        twoRows().with("reward", "<U1", "(2,)", longs(65)), "array 'reward' is <U1 [2]", "numbers");
    refuses(
        twoRows().with("obs", "<c8", "(2, 2)", new byte[32]),
        "array 'obs' is <c8 [2, 2]",
        "numbers");
    refuses(
        twoRows().with("reward", "<f2", "(2,)", new byte[4]),
        "array 'reward' (<f2 [2]) expected float32, float64");
    refuses(
        twoRows().with("episode_id", "<f4", "(2,)", floats(1, 2)),
        "array 'episode_id' (<f4 [2]) expected integers");
    refuses(
        twoRows()
            .with(
                "obs",
                "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }",
                floats(1, 2, 3, 4)),
        "array 'obs' is in Fortran order",
        "ascontiguousarray");
    refuses(
        twoRows()
            .with(
                "obs",
                "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,), }",
                floats(1, 2)),
        "array 'obs' has a header that is not of one plain type: {'descr': [('x'");
  }

  @Test
  void namesTheRowOfAWrongValue() {
    refuses(
        twoRows().with("terminated", "|i1", "(2,)", new byte[] {0, 2}),
        "array 'terminated' (|i1 [2]) holds 2.0 in row 1: expected false or true, 0 or 1");
    refuses(
        twoRows().with("step", "<i8", "(2,)", longs(0, -1)),
        "array 'step' (<i8 [2]) holds -1 in row 1: expected 0 to 2147483647");
    refuses(
        twoRows().with("reward", "<f8", "(2,)", longs(0, Double.doubleToLongBits(1e300))),
        "array 'reward' (<f8 [2]) holds 1.0E300 in row 1");
  }

  @Test
  void allocatesNothingThatTheFileDoesNotHold() {
    refuses(
        twoRows().with("obs", "<f4", "(100000000000, 1000)", floats(1)),
        "array 'obs' is <f4 [100000000000, 1000], which takes 400000000000",
        "but has");
    refuses(
        twoRows().with("obs", "<f4", "(9223372036854775807, 9223372036854775807)", floats(1)),
        "array 'obs' has the shape [9223372036854775807, 9223372036854775807]");
    refuses(twoRows().with("obs", "<f4", "(99999999999999999999, 1)", floats(1)), "array 'obs'");
    refuses(twoRows().with("obs", "<f4", "(2, 2)", floats(1, 2, 3)), "'obs'", "but has");
  }

  @Test
  void refusesWhatIsNoNumPyFile() throws Exception {
    refuses(
        twoRows().withBytes("obs", "hello, world".getBytes(StandardCharsets.UTF_8)),
        "array 'obs' is not a NumPy array");
    refuses(twoRows().withBytes("obs", new byte[3]), "array 'obs' ends within its header");
    refuses(
        twoRows().withBytes("obs", new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 9, 0}),
        "array 'obs' has NumPy format version 9");
    refuses(
        twoRows()
            .withBytes(
                "obs", new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1}),
        "array 'obs' has a header of 4294967295 bytes");
    Path text = Files.writeString(directory.resolve("text.npz"), "hello");
    assertThatThrownBy(() -> LoggedEpisodes.read(text))
        .isInstanceOf(DatasetFormatException.class)
        .hasMessageContaining("text.npz: not an .npz file");
  }

  @Test
  void refusesADamagedFile() throws Exception {
    Path file = twoRows().in(directory);
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    String rewards = new String(floats(-1, -2), StandardCharsets.ISO_8859_1);
    String other = new String(floats(-1, -4), StandardCharsets.ISO_8859_1);
    assertThat(bytes).containsOnlyOnce(rewards);
    Files.writeString(file, bytes.replace(rewards, other), StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> LoggedEpisodes.read(file))
        .isInstanceOf(DatasetFormatException.class)
        .hasMessageContaining("array 'reward' is damaged");
  }

  @Test
  void refusesAFileThatCannotBeUnpacked() throws Exception {
    Path file = directory.resolve("copy.npz");
    try (var in = LoggedEpisodes.class.getResourceAsStream("pendulum_replay.npz")) {
      byte[] bytes = in.readAllBytes();
      Arrays.fill(bytes, 1_000, 2_000, (byte) 0xff);
      Files.write(file, bytes);
    }
    assertThatThrownBy(() -> LoggedEpisodes.read(file))
        .isInstanceOf(DatasetFormatException.class)
        .hasMessageContaining("copy.npz: array 'obs' cannot be unpacked");
  }

  private void refuses(NpzFixture fixture, String... parts) {
    Path file = fixture.in(directory);
    assertThatThrownBy(() -> LoggedEpisodes.read(file))
        .isInstanceOf(DatasetFormatException.class)
        .hasMessageContaining("episodes.npz")
        .hasMessageContainingAll(parts);
  }
}
