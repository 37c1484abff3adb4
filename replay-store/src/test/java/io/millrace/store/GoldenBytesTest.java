package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * What version 1 wrote stays readable, and version 1 is what is written. If a test here fails, the
 * layout has changed: give it a new version, and keep these files.
 */
class GoldenBytesTest {
  private static final StreamSpec SPEC =
      new StreamSpec("golden", 3, new float[] {-2, 0}, new float[] {2, 1});
  private static final SegmentInfo SEGMENT =
      SegmentInfo.newBuilder()
          .setPath("segments/run/000001-00002-00005-00000000000000001000-0123456789abcdef.sst")
          .setShard(2)
          .setPartition(5)
          .setRows(3)
          .setSizeBytes(1234)
          .setCrc32C(0xFEDCBA98)
          .setFirstOffset(1000)
          .setLastOffset(1003)
          .setMinEventTimeMicros(1_700_000_000_000_000L)
          .setMaxEventTimeMicros(1_700_000_000_000_020L)
          .build();
  private static final StoreManifest MANIFEST =
      StoreManifest.newBuilder()
          .setSequence(7)
          .setRunId("run")
          .setCheckpointId(42)
          .setTopic("golden.transitions")
          .setLayoutVersion(1)
          .setSpecification(SPEC.toMessage())
          .addSegments(SEGMENT)
          .addSources(
              SourceRange.newBuilder()
                  .setPartition(5)
                  .setStartOffset(1000)
                  .setEndOffset(1004)
                  .setRejected(1))
          .setRows(3)
          .setTotalRows(1003)
          .setTotalRejected(9)
          .setCreatedTimeMicros(1_700_000_001_000_000L)
          .build();

  @Test
  void theManifestOfVersion1IsRead() throws IOException {
    assertThat(ManifestFile.decode(resource("manifest-v1.bin"), "golden")).isEqualTo(MANIFEST);
  }

  @Test
  void aManifestIsWrittenAsVersion1() throws IOException {
    assertThat(ManifestFile.encode(MANIFEST).array()).isEqualTo(resource("manifest-v1.bin"));
  }

  @Test
  void theBlockOfVersion1IsRead() throws IOException {
    var bytes = resource("block-v1.bin");
    var segment = new StoredSegment(SEGMENT, 7, 0);
    var index = readIndex();
    try (var view = new BlockView(new BlockFormat(SPEC))) {
      view.memory().put(bytes);
      view.check(bytes.length, segment, index, 0);
      assertThat(view.rows()).isEqualTo(3);
      var dictionary = view.dictionary(segment);
      assertThat(dictionary).containsExactly("pendulum", "größer");
      for (int i = 0; i < 3; i++) {
        var row = new Row(SPEC);
        view.get(i, dictionary, row);
        assertThat(WindowAssert.text(row)).isEqualTo(WindowAssert.text(row(i)));
      }
    }
  }

  @Test
  void aBlockAndItsIndexAreWrittenAsVersion1() throws IOException {
    var builder = new BlockBuilder(SPEC, 5);
    for (int i = 0; i < 3; i++) {
      builder.append(row(i));
    }
    var index = new BlockIndex.Builder(256);
    index.add(builder);
    var block = ByteBuffer.allocateDirect(new BlockFormat(SPEC).maxBlockBytes());
    builder.encode(block);
    assertThat(bytes(block)).isEqualTo(resource("block-v1.bin"));
    assertThat(bytes(index.encode())).isEqualTo(resource("index-v1.bin"));
  }

  @Test
  void theIndexOfVersion1IsRead() throws IOException {
    var index = readIndex();
    assertThat(index.blocks()).isEqualTo(1);
    assertThat(index.rows(0)).isEqualTo(3);
    assertThat(index.firstOffset(0)).isEqualTo(1000);
    assertThat(index.lastOffset(0)).isEqualTo(1003);
    assertThat(index.minEventTime(0)).isEqualTo(1_700_000_000_000_000L);
    assertThat(index.maxEventTime(0)).isEqualTo(1_700_000_000_000_020L);
  }

  private static BlockIndex readIndex() throws IOException {
    return BlockIndex.decode(ByteBuffer.wrap(resource("index-v1.bin")), "golden", 3, 256);
  }

  private static Row row(int at) {
    var row = new Row(SPEC);
    row.partition = 5;
    row.offset = new long[] {1000, 1001, 1003}[at];
    row.eventTimeMicros = 1_700_000_000_000_000L + new int[] {20, 0, 10}[at];
    row.episodeId = -at;
    row.step = at;
    row.policyRevision = at;
    row.policyId = at == 1 ? "größer" : "pendulum";
    row.reward = -0.5f * at;
    row.terminated = at == 2;
    row.truncated = at == 1;
    row.behaviourLogProbability = at == 0 ? Float.NaN : -1.25f;
    for (int i = 0; i < 3; i++) {
      row.observation[i] = at + i / 4f;
      row.nextObservation[i] = at + 1 + i / 4f;
    }
    row.action[0] = -2;
    row.action[1] = 1;
    return row;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    var bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static byte[] resource(String name) throws IOException {
    try (var in = GoldenBytesTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
