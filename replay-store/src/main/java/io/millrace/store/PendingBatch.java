package io.millrace.store;

import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import java.util.List;

/**
 * What a writer has on disk and nobody has committed yet.
 *
 * @param segments finished segments, by partition and first offset
 * @param sources how far each partition has been read, rows and refused records alike, by partition
 */
public record PendingBatch(List<SegmentInfo> segments, List<SourceRange> sources) {
  public PendingBatch {
    segments = List.copyOf(segments);
    sources = List.copyOf(sources);
  }

  /** True if no record has been read. */
  public boolean isEmpty() {
    return segments.isEmpty() && sources.isEmpty();
  }
}
