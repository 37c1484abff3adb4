package io.millrace.store;

import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.StoreManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader's own RocksDB: the segments that it has linked in, and the manifests that it has
 * applied.
 *
 * <pre>
 * readers/NAME/db/         RocksDB: column family "default" holds the blocks and indexes of all segments,
 *                          "manifests" the applied manifests by sequence (u64, big-endian), as in {@link ManifestFile}
 * readers/NAME/incoming/   hard links on their way in; empty but for a crash
 * </pre>
 *
 * Segments go in before the manifest that names them is noted, so after a crash in between they are
 * found to be there already. Closed by its owner, once nobody reads any more.
 */
final class ReaderDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReaderDatabase.class);

  /** Files that RocksDB keeps open; the rest it opens again when they are read. */
  private static final int MAX_OPEN_FILES = 4096;

  private static final long MAX_LOG_BYTES = 1 << 20;
  private static final int LOG_FILES = 2;

  static {
    RocksDB.loadLibrary();
  }

  private final StoreLayout layout;
  private final Path incoming;
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final RocksDB database;
  private final ColumnFamilyHandle segments;
  private final ColumnFamilyHandle manifests;
  private final ReadOptions readOptions;
  private final ReadOptions passingThrough;
  private final WriteOptions synced;

  ReaderDatabase(StoreLayout layout, String reader, long blockCacheBytes) throws IOException {
    this.layout = layout;
    var directory = layout.reader(reader);
    incoming = directory.resolve("incoming");
    DurableFiles.createDirectories(incoming);
    try {
      var cache = own(new LRUCache(blockCacheBytes));
      var options =
          own(new DBOptions())
              .setCreateIfMissing(true)
              .setCreateMissingColumnFamilies(true)
              .setMaxOpenFiles(MAX_OPEN_FILES)
              .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
              .setMaxLogFileSize(MAX_LOG_BYTES)
              .setKeepLogFileNum(LOG_FILES)
              .setStatsDumpPeriodSec(0);
      var segmentOptions =
          own(new ColumnFamilyOptions())
              // Segments do not overlap and stay as they are.
              .setDisableAutoCompactions(true)
              .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
      var manifestOptions =
          own(new ColumnFamilyOptions())
              .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
      readOptions = own(new ReadOptions());
      passingThrough = own(new ReadOptions()).setFillCache(false);
      synced = own(new WriteOptions()).setSync(true);
      var handles = new ArrayList<ColumnFamilyHandle>();
      database =
          own(
              RocksDB.open(
                  options,
                  directory.resolve("db").toString(),
                  List.of(
                      new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, segmentOptions),
                      new ColumnFamilyDescriptor(
                          "manifests".getBytes(StandardCharsets.US_ASCII), manifestOptions)),
                  handles));
      segments = own(handles.get(0));
      manifests = own(handles.get(1));
    } catch (RocksDBException e) {
      close();
      throw openFailure(directory, e);
    }
    clearIncoming();
  }

  /** All manifests noted, in order. */
  List<StoreManifest> manifests() throws IOException {
    var found = new ArrayList<StoreManifest>();
    try (var iterator = database.newIterator(manifests)) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        found.add(
            ManifestFile.decode(iterator.value(), "the reader's manifest " + (found.size() + 1)));
      }
      iterator.status();
    } catch (RocksDBException e) {
      throw readFailure("its manifests", e);
    }
    return found;
  }

  /** Links the segments of these manifests in, those that are not there yet, all at once. */
  void link(List<StoreManifest> committed) throws IOException {
    var links = new ArrayList<String>();
    for (var manifest : committed) {
      for (var segment : manifest.getSegmentsList()) {
        ManifestLog.checkFile(layout, segment);
        if (!has(segment)) {
          links.add(link(segment).toString());
        }
      }
    }
    if (links.isEmpty()) {
      return;
    }
    // The links are consumed; the global sequence number must never be written into a file that the
    // store shares.
    try (var options =
        new IngestExternalFileOptions().setMoveFiles(true).setWriteGlobalSeqno(false)) {
      database.ingestExternalFile(segments, links, options);
    } catch (RocksDBException e) {
      throw failure(layout.root() + ": segments cannot be linked in", e);
    }
  }

  /** Notes manifests whose segments are linked in. */
  void note(List<StoreManifest> applied) throws IOException {
    try (var batch = new WriteBatch()) {
      for (var manifest : applied) {
        var key = ByteBuffer.allocate(8).putLong(manifest.getSequence()).array();
        batch.put(manifests, key, ManifestFile.encode(manifest).array());
      }
      database.write(synced, batch);
    } catch (RocksDBException e) {
      throw new IOException(
          layout.root() + ": applied manifests cannot be noted: " + e.getMessage(), e);
    }
  }

  /**
   * A cursor over the blocks as they are now.
   *
   * @param cached whether the blocks that it reads stay in the block cache
   */
  BlockCursor cursor(BlockView view, boolean cached) {
    return new BlockCursor(
        database.newIterator(segments, cached ? readOptions : passingThrough), view);
  }

  /** Reads a segment's index; what is allocated for it is as large as what is there. */
  BlockIndex index(StoredSegment segment, int rowsPerBlock) throws IOException {
    int size = indexBytes(segment.shard(), segment.partition(), segment.lastOffset());
    if (size == RocksDB.NOT_FOUND) {
      throw new StoreCorruptionException(
          segment.path() + ": its block index is not in the reader's database");
    }
    var key = ByteBuffer.allocateDirect(BlockFormat.INDEX_KEY_BYTES);
    BlockFormat.putIndexKey(key, segment.shard(), segment.partition(), segment.lastOffset());
    var value = ByteBuffer.allocateDirect(size);
    try {
      get(key, value, segment.path());
      return BlockIndex.decode(value, segment.path(), segment.rows(), rowsPerBlock);
    } finally {
      DirectMemory.free(value);
      DirectMemory.free(key);
    }
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a native object of RocksDB cannot be closed", e);
      }
    }
  }

  private int get(ByteBuffer key, ByteBuffer value, String segment) throws IOException {
    int size;
    try {
      size = database.get(segments, readOptions, key, value);
    } catch (RocksDBException e) {
      throw readFailure(segment, e);
    }
    if (size == RocksDB.NOT_FOUND) {
      throw new StoreCorruptionException(
          segment + ": a block that its index names is not in the reader's database");
    }
    return size;
  }

  /** True after a crash between linking a segment in and noting its manifest. */
  private boolean has(SegmentInfo segment) throws IOException {
    return indexBytes(segment.getShard(), segment.getPartition(), segment.getLastOffset())
        != RocksDB.NOT_FOUND;
  }

  private int indexBytes(int shard, int partition, long lastOffset) throws IOException {
    var key = ByteBuffer.allocateDirect(BlockFormat.INDEX_KEY_BYTES);
    BlockFormat.putIndexKey(key, shard, partition, lastOffset);
    var value = ByteBuffer.allocateDirect(BlockIndex.HEADER_BYTES);
    try {
      return database.get(segments, readOptions, key, value);
    } catch (RocksDBException e) {
      throw readFailure("the block index of partition " + partition, e);
    } finally {
      DirectMemory.free(value);
      DirectMemory.free(key);
    }
  }

  private Path link(SegmentInfo segment) throws IOException {
    var source = layout.root().resolve(segment.getPath());
    var link = incoming.resolve(segment.getPath().replace('/', '_'));
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, source);
    } catch (UnsupportedOperationException | FileSystemException e) {
      LOG.warn("{}: cannot be hard-linked, and is copied: {}", source, e.toString());
      Files.copy(source, link);
    }
    return link;
  }

  private void clearIncoming() throws IOException {
    try (var files = Files.list(incoming)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  private static IOException openFailure(Path directory, RocksDBException e) {
    var message = String.valueOf(e.getMessage());
    if (message.contains("lock")) {
      return new StoreConflictException(
          directory + ": is open in another process, or twice in this one: " + message, e);
    }
    return new StoreCorruptionException(
        directory
            + ": cannot be opened: "
            + message
            + ". It holds nothing that is not in the store: delete the directory, and the reader"
            + " starts afresh",
        e);
  }

  static IOException readFailure(String what, RocksDBException e) {
    return failure(what + ": cannot be read", e);
  }

  private static IOException failure(String what, RocksDBException e) {
    var message = what + ": " + e.getMessage();
    return e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption
        ? new StoreCorruptionException(message, e)
        : new IOException(message, e);
  }
}
