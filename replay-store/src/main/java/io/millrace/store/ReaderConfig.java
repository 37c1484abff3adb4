package io.millrace.store;

/**
 * How a reader uses the machine.
 *
 * @param threads how many threads load a window, 1 to 64
 * @param blockCacheBytes memory for decompressed blocks; what does not fit is decompressed again
 *     from the page cache
 */
public record ReaderConfig(int threads, long blockCacheBytes) {
  /** All cores up to 8, and a block cache of 256 MiB. */
  public static final ReaderConfig DEFAULT =
      new ReaderConfig(Math.min(8, Runtime.getRuntime().availableProcessors()), 256L << 20);

  public ReaderConfig {
    if (threads < 1 || threads > 64) {
      throw new IllegalArgumentException("threads: expected 1 to 64, got " + threads);
    }
    if (blockCacheBytes < 0) {
      throw new IllegalArgumentException(
          "blockCacheBytes: expected 0 or more, got " + blockCacheBytes);
    }
  }
}
