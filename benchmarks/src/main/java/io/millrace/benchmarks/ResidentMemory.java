package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of this process that is in the machine's memory, as Linux tells it. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int TOUCHED_MIB = 2_000;

  private ResidentMemory() {}

  static long bytes() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException(STATUS + " has no VmRSS");
  }

  /** Fills the young generation a few times, so that what grows later is no first touch of it. */
  static void touchHeap() {
    long bytes = 0;
    for (int i = 0; i < TOUCHED_MIB; i++) {
      bytes += new byte[1 << 20].length;
    }
    if (bytes == 0) {
      throw new AssertionError("allocated nothing");
    }
  }
}
