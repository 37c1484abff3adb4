package io.millrace.store;

import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Where the files of a store lie.
 *
 * <pre>
 * root/
 *   segments/RUN/ATTEMPT-SHARD-PARTITION-OFFSET-RANDOM.sst   rows, written once, named by a manifest
 *   manifests/00000000000000000001.manifest                  the committed history, one a checkpoint
 *   readers/NAME/                                            what a reader has applied
 * </pre>
 *
 * @param root directory that the ingest job and every reader see; one file system, so that readers
 *     can hard-link segments
 */
public record StoreLayout(Path root) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}");

  public StoreLayout {
    Objects.requireNonNull(root, "root");
  }

  /** Directory of all segments, one directory a run. */
  public Path segments() {
    return root.resolve("segments");
  }

  /** Directory of the segments that a run of the ingest job writes. */
  public Path segments(String runId) {
    return segments().resolve(checkName("run id", runId));
  }

  /** Directory of the manifests. */
  public Path manifests() {
    return root.resolve("manifests");
  }

  /** File of the manifest with this sequence. */
  public Path manifest(long sequence) {
    return manifests().resolve(String.format("%020d.manifest", sequence));
  }

  /** Directory of a reader's own RocksDB. */
  public Path reader(String name) {
    return root.resolve("readers").resolve(checkName("reader name", name));
  }

  /** Returns the name if it can be that of a file: 1 to 100 of a-z A-Z 0-9 . _ - */
  static String checkName(String what, String name) {
    if (!NAME.matcher(Objects.requireNonNull(name, what)).matches()) {
      throw new IllegalArgumentException(
          what + " '" + name + "': expected 1 to 100 of a-z A-Z 0-9 . _ - and no sign first");
    }
    return name;
  }
}
