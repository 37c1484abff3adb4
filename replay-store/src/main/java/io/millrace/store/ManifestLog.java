package io.millrace.store;

import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The committed history of a store: manifest 1, 2, 3, … Used by the one that commits and by those
 * that read. Thread-safe.
 */
@SuppressWarnings("DoNotCallSuggester") // the bodies follow
public final class ManifestLog {
  private ManifestLog() {}

  /** Opens the history, and creates the store's directories if there are none. */
  public static ManifestLog open(StoreLayout layout) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Commits a checkpoint in one atomic step.
   *
   * @throws StoreConflictException if the offsets have been committed by somebody else, or the
   *     store is of another topic or specification
   * @throws StoreCorruptionException if a segment that it names is not there, or not as large
   */
  public CommitResult commit(Commit commit) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** All manifests after this sequence, in order; 0 is before the first. */
  public List<StoreManifest> after(long sequence) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The newest manifest. */
  public Optional<StoreManifest> last() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Partition → the next offset to read: where an ingest job without state of its own starts. */
  public Map<Integer, Long> committedOffsets() throws IOException {
    throw new UnsupportedOperationException();
  }
}
