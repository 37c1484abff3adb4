package io.millrace.store;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Looks at the files of a store themselves, without a reader of its own: verify and sample. */
@SuppressWarnings("DoNotCallSuggester") // the bodies follow
public final class StoreInspector {
  private StoreInspector() {}

  /**
   * Reads every committed byte: checksums of manifests and segments, every block of every segment,
   * order of offsets, and rows that occur twice.
   *
   * @param progress is told the bytes verified so far and in all, after each segment
   */
  public static Verification verify(StoreLayout layout, Progress progress) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Counts rows that occur twice, by offset and by step of an episode. */
  public static Duplicates duplicates(StoreLayout layout) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Gives rows drawn uniformly, with replacement, in an order that follows from the seed. */
  public static void sample(StoreLayout layout, int rows, long seed, Consumer<Row> sink)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Is told how far a verification has come. */
  @FunctionalInterface
  public interface Progress {
    /** Called after each segment. */
    void verified(long bytes, long totalBytes);
  }

  /**
   * What a verification found.
   *
   * @param problems one sentence each, naming the file; empty if all is well
   */
  public record Verification(
      long manifests,
      long segments,
      long rows,
      long rejected,
      long sizeBytes,
      Duplicates duplicates,
      List<String> problems) {
    public Verification {
      problems = List.copyOf(problems);
    }

    /** True if nothing is wrong with the store; a pair of episode and step may be there twice. */
    public boolean sound() {
      return problems.isEmpty() && duplicates.offsets() == 0;
    }
  }

  /**
   * Rows that occur more than once, each counted once less than it occurs.
   *
   * @param offsets by (partition, offset): a fault of the pipeline
   * @param steps by (episode, step): a fault of the producer, or of its numbering
   */
  public record Duplicates(long offsets, long steps) {}
}
