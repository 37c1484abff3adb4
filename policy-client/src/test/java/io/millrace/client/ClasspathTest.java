package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * A service that embeds the client gets no stream processor, store or training engine. What Maven
 * resolved for this test is all that a service gets, and the tests' own libraries.
 */
class ClasspathTest {
  private static final List<String> RESOLVED =
      Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(path -> path.toLowerCase(Locale.ROOT))
          .toList();

  @Test
  void hasKafkaClientsAndOnnxRuntime() {
    assertThat(RESOLVED).anyMatch(path -> path.contains("kafka-clients"));
    assertThat(RESOLVED).anyMatch(path -> path.contains("onnxruntime"));
  }

  @Test
  void hasNoFlinkRocksDbOrDjl() {
    assertThat(RESOLVED)
        .noneMatch(
            path ->
                path.contains("flink")
                    || path.contains("rocksdb")
                    || path.contains("djl")
                    || path.contains("pytorch")
                    || path.contains("replay-store"));
    for (String name :
        List.of("org.apache.flink.api.common.JobID", "org.rocksdb.RocksDB", "ai.djl.Device")) {
      assertThat(getClass().getClassLoader().getResource(name.replace('.', '/') + ".class"))
          .isNull();
    }
  }
}
