package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import io.millrace.schemas.v1.SourceRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ChecksumType;
import org.rocksdb.CompressionType;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows into segments, one open segment a Kafka partition. One of them per sink subtask; not
 * thread-safe.
 *
 * <p>Runs on Flink's RocksDB 8.10 as well as on the readers' 11.8, and so uses what both have.
 */
public final class SegmentWriter implements AutoCloseable {
  /** A segment that has grown so large, before compression, is finished and the next one begun. */
  private static final long MAX_SEGMENT_BYTES = 1L << 30;

  /** What both RocksDB builds write and read. */
  private static final int TABLE_FORMAT_VERSION = 5;

  /** Below any block's size, so that each block of rows is one that RocksDB reads alone. */
  private static final int TABLE_BLOCK_BYTES = 4096;

  private static final int MAX_PARTITION = 0xFFFF;

  private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);

  static {
    RocksDB.loadLibrary();
  }

  private final StoreLayout layout;
  private final StreamSpec spec;
  private final WriterId id;
  private final BlockFormat format;
  private final EnvOptions envOptions = new EnvOptions();
  private final Options options = tableOptions();
  private final SecureRandom random = new SecureRandom();
  private final Map<Integer, PartitionWriter> partitions = new TreeMap<>();
  private final ByteBuffer key = ByteBuffer.allocateDirect(BlockFormat.INDEX_KEY_BYTES);
  private final ByteBuffer block;
  private PartitionWriter last;
  private boolean closed;

  private SegmentWriter(StoreLayout layout, StreamSpec spec, WriterId id) {
    this.layout = layout;
    this.spec = spec;
    this.id = id;
    format = new BlockFormat(spec);
    block = ByteBuffer.allocateDirect(format.maxBlockBytes());
  }

  /** Starts a writer; files are opened by the first row of each partition. */
  public static SegmentWriter open(StoreLayout layout, StreamSpec spec, WriterId id)
      throws IOException {
    DurableFiles.createDirectories(layout.segments(id.runId()));
    return new SegmentWriter(layout, spec, id);
  }

  /**
   * Appends a row; it is copied.
   *
   * @throws IllegalArgumentException if the row does not fit the stream's specification, or its
   *     offset is not above the partition's last one; the row is then not there
   * @throws IOException if the disk refuses; the writer can then only be closed
   */
  public void append(Row row) throws IOException {
    var writer = partition(row.partition);
    writer.checkOffset(row.offset);
    writer.append(row);
    writer.advance(row.offset);
  }

  /**
   * Notes a refused record: the source has been read past it, and no row comes of it.
   *
   * @throws IllegalArgumentException if its offset is not above the partition's last one
   */
  public void skip(int partition, long offset) {
    var writer = partition(partition);
    writer.checkOffset(offset);
    writer.advance(offset);
    writer.rejected++;
  }

  /**
   * Finishes the open segments, on disk and synchronised, and returns what to commit. The next row
   * opens new ones.
   *
   * @throws IOException if the disk refuses; the writer can then only be closed
   */
  public PendingBatch finish() throws IOException {
    checkOpen();
    var segments = new ArrayList<SegmentInfo>();
    var sources = new ArrayList<SourceRange>();
    for (var writer : partitions.values()) {
      writer.finish(segments, sources);
    }
    if (!segments.isEmpty()) {
      DurableFiles.syncDirectory(layout.segments(id.runId()));
    }
    return new PendingBatch(segments, sources);
  }

  /** Gives up what is not finished: its files are deleted. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      partitions.values().forEach(PartitionWriter::abort);
      options.close();
      envOptions.close();
      DirectMemory.free(block);
      DirectMemory.free(key);
    }
  }

  private PartitionWriter partition(int partition) {
    checkOpen();
    if (last == null || last.partition != partition) {
      if (partition < 0 || partition > MAX_PARTITION) {
        throw new IllegalArgumentException(
            "partition: expected 0 to " + MAX_PARTITION + ", got " + partition);
      }
      last = partitions.computeIfAbsent(partition, PartitionWriter::new);
    }
    return last;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the segment writer is closed");
    }
  }

  private static Options tableOptions() {
    return new Options()
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setFormatVersion(TABLE_FORMAT_VERSION)
                .setChecksumType(ChecksumType.kXXH3)
                .setBlockSize(TABLE_BLOCK_BYTES));
  }

  /** The rows of one partition: where its source stands, and the open segment if there is one. */
  private final class PartitionWriter {
    private final int partition;
    private final BlockBuilder builder;
    private final List<SegmentInfo> finished = new ArrayList<>();
    private OpenSegment open;
    private long start = -1;
    private long end = -1;
    private long rejected;

    PartitionWriter(int partition) {
      this.partition = partition;
      builder = new BlockBuilder(spec, partition);
    }

    void checkOffset(long offset) {
      if (offset < 0 || offset < end) {
        throw new IllegalArgumentException(
            "partition "
                + partition
                + ": offset "
                + offset
                + " is not above "
                + (end - 1)
                + ", the last one");
      }
    }

    void advance(long offset) {
      if (start < 0) {
        start = offset;
      }
      end = offset + 1;
    }

    void append(Row row) throws IOException {
      builder.append(row);
      if (builder.isFull()) {
        flush();
        if (open.bytes >= MAX_SEGMENT_BYTES) {
          seal();
        }
      }
    }

    void finish(List<SegmentInfo> segments, List<SourceRange> sources) throws IOException {
      if (builder.rows() > 0) {
        flush();
      }
      if (open != null) {
        seal();
      }
      segments.addAll(finished);
      finished.clear();
      if (start >= 0 && start < end) {
        sources.add(
            SourceRange.newBuilder()
                .setPartition(partition)
                .setStartOffset(start)
                .setEndOffset(end)
                .setRejected(rejected)
                .build());
        start = end;
        rejected = 0;
      }
    }

    void abort() {
      if (open != null) {
        open.abort();
        open = null;
      }
      // Finished, but handed to nobody: no commit can ever name it.
      for (var segment : finished) {
        deleteQuietly(layout.root().resolve(segment.getPath()));
      }
      finished.clear();
    }

    private void flush() throws IOException {
      if (open == null) {
        open = new OpenSegment(partition, builder.firstOffset());
      }
      open.put(builder);
    }

    private void seal() throws IOException {
      finished.add(open.finish());
      open = null;
    }
  }

  /** A segment that is being written. */
  private final class OpenSegment {
    private final String path;
    private final Path file;
    private final int partition;
    private final SstFileWriter sst;
    private final BlockIndex.Builder index = new BlockIndex.Builder(format.rowsPerBlock());
    private final SegmentInfo.Builder info = SegmentInfo.newBuilder();
    private long bytes;

    OpenSegment(int partition, long firstOffset) throws IOException {
      this.partition = partition;
      path = SegmentName.path(id, partition, firstOffset, random.nextLong());
      file = layout.root().resolve(path);
      sst = new SstFileWriter(envOptions, options);
      info.setPath(path)
          .setShard(id.shard())
          .setPartition(partition)
          .setFirstOffset(firstOffset)
          .setMinEventTimeMicros(Long.MAX_VALUE)
          .setMaxEventTimeMicros(Long.MIN_VALUE);
      try {
        sst.open(file.toString());
      } catch (RocksDBException e) {
        sst.close();
        throw new IOException(file + ": cannot be created: " + e.getMessage(), e);
      }
    }

    void put(BlockBuilder builder) throws IOException {
      index.add(builder);
      info.setLastOffset(builder.lastOffset())
          .setMinEventTimeMicros(Math.min(info.getMinEventTimeMicros(), builder.minEventTime()))
          .setMaxEventTimeMicros(Math.max(info.getMaxEventTimeMicros(), builder.maxEventTime()));
      BlockFormat.putBlockKey(key, id.shard(), partition, builder.firstOffset());
      builder.encode(block);
      bytes += block.remaining();
      put(block);
    }

    SegmentInfo finish() throws IOException {
      BlockFormat.putIndexKey(key, id.shard(), partition, info.getLastOffset());
      var value = index.encode();
      try {
        put(value);
        sst.finish();
      } catch (RocksDBException e) {
        throw new IOException(file + ": cannot be finished: " + e.getMessage(), e);
      } finally {
        DirectMemory.free(value);
      }
      sst.close();
      return info.setRows(index.rows())
          .setSizeBytes(Files.size(file))
          .setCrc32C(DurableFiles.crc32c(file))
          .build();
    }

    void abort() {
      sst.close();
      deleteQuietly(file);
    }

    private void put(ByteBuffer value) throws IOException {
      try {
        sst.put(key, value);
      } catch (RocksDBException e) {
        throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
      }
    }
  }

  /** What cannot be deleted now is garbage to the next commit. */
  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} is left behind, for the next commit to collect: {}", file, e.toString());
    }
  }
}
