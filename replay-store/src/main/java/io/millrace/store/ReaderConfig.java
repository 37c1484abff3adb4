package io.millrace.store;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How a reader uses the machine.
 *
 * @param threads how many threads load a window, 1 to 64
 * @param blockCacheBytes memory for decompressed blocks; a window that does not fit into half of it
 *     is decompressed from the page cache each time
 */
public record ReaderConfig(int threads, long blockCacheBytes) {
  private static final int MAX_DEFAULT_THREADS = 8;
  private static final long MAX_DEFAULT_CACHE_BYTES = 4L << 30;

  /** All cores up to 8; an eighth of the machine's or container's memory, up to 4 GiB, as cache. */
  public static final ReaderConfig DEFAULT =
      new ReaderConfig(
          Math.min(MAX_DEFAULT_THREADS, Runtime.getRuntime().availableProcessors()),
          Math.min(MAX_DEFAULT_CACHE_BYTES, memoryBytes() / 8));

  public ReaderConfig {
    if (threads < 1 || threads > 64) {
      throw new IllegalArgumentException("threads: expected 1 to 64, got " + threads);
    }
    if (blockCacheBytes < 0) {
      throw new IllegalArgumentException(
          "blockCacheBytes: expected 0 or more, got " + blockCacheBytes);
    }
  }

  private static long memoryBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
