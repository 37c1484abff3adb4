package io.millrace.store;

import java.util.Optional;
import java.util.regex.Pattern;

/** What the path of a segment below the store's root says: {@link StoreLayout}. */
record SegmentName(String runId, int attempt) {
  private static final Pattern PATH =
      Pattern.compile(
          "segments/([a-zA-Z0-9][a-zA-Z0-9._-]{0,99})"
              + "/([0-9]{1,9})-[0-9]{1,5}-[0-9]{1,5}-[0-9]{1,20}-[0-9a-f]{16}\\.sst");

  /** Path of a new segment; the random part keeps two writers out of one file. */
  static String path(WriterId writer, int partition, long firstOffset, long random) {
    return String.format(
        "segments/%s/%06d-%05d-%05d-%020d-%016x.sst",
        writer.runId(), writer.attempt(), writer.shard(), partition, firstOffset, random);
  }

  /** Empty if no writer of ours gives such a path. */
  static Optional<SegmentName> parse(String path) {
    var matcher = PATH.matcher(path);
    return matcher.matches()
        ? Optional.of(new SegmentName(matcher.group(1), Integer.parseInt(matcher.group(2))))
        : Optional.empty();
  }
}
