package io.millrace.store;

import static io.millrace.store.WindowAssert.assertHolds;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.store.WindowRange.LastRows;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;

/**
 * Inside a Flink cluster the writer meets Flink's RocksDB 8.10 and not our 11.8: a process with
 * that one on its class path writes, and this one reads. A call or an option of the writer that
 * 8.10 does not have fails here, and so does a file that 11.8 does not read.
 */
class FlinkRocksDbIT {
  private static final int ROWS = 3000;
  private static final long SEED = 1;

  @TempDir Path root;

  @Test
  void segmentsWrittenByFlinksRocksDbAreRead() throws Exception {
    var log = root.resolve("writer.log");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(),
                FlinkRocksDbIT.class.getName(),
                root.resolve("store").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(log)).contains("frocksdbjni");
    var expected = new StoreFixture(root.resolve("expected"), 17, 6, SEED);
    expected.append(ROWS, ROWS);
    var layout = new StoreLayout(root.resolve("store"));
    assertThat(StoreInspector.verify(layout, (bytes, total) -> {}).problems()).isEmpty();
    try (var reader = ReplayStore.open(layout, "reader")) {
      reader.follow();
      try (var window = reader.window(new LastRows(Long.MAX_VALUE))) {
        assertHolds(window, expected.rows);
      }
    }
  }

  /** The process that writes; says which RocksDB it used. */
  public static void main(String[] arguments) throws IOException {
    new StoreFixture(Path.of(arguments[0]), 17, 6, SEED).append(ROWS, ROWS);
    System.out.println(RocksDB.class.getProtectionDomain().getCodeSource().getLocation());
  }

  private static String classPath() throws IOException {
    var ours =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("rocksdbjni"))
            .collect(Collectors.joining(File.pathSeparator));
    try (var jars = Files.list(Path.of("target", "frocksdb"))) {
      var flinks =
          jars.filter(jar -> jar.getFileName().toString().startsWith("frocksdbjni"))
              .findFirst()
              .orElseThrow();
      return flinks + File.pathSeparator + ours;
    }
  }
}
