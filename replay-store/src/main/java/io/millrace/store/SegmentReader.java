package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.SegmentInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;

/** Reads the blocks of one segment from its own file, without a reader's database. */
final class SegmentReader implements AutoCloseable {
  static {
    RocksDB.loadLibrary();
  }

  private final StoredSegment segment;
  private final Options options = new Options();
  private final ReadOptions readOptions = new ReadOptions();
  private final SstFileReader sst = new SstFileReader(options);
  private final BlockView view;
  private SstFileReaderIterator blocks;
  private BlockIndex index;

  /** Is shown one block after another. */
  @FunctionalInterface
  interface BlockVisitor {
    void visit(int block, BlockView view) throws IOException;
  }

  /**
   * Opens a segment and reads its index.
   *
   * @throws StoreCorruptionException naming the file, if it is no segment of so many rows
   */
  SegmentReader(StoreLayout layout, StreamSpec spec, SegmentInfo info) throws IOException {
    segment = new StoredSegment(info, 0, 0);
    var format = new BlockFormat(spec);
    view = new BlockView(format);
    try {
      sst.open(layout.root().resolve(info.getPath()).toString());
      blocks = sst.newIterator(readOptions);
      index = readIndex(format.rowsPerBlock());
    } catch (RocksDBException e) {
      close();
      throw unreadable(e);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  BlockIndex index() {
    return index;
  }

  StoredSegment segment() {
    return segment;
  }

  /** Reads and checks one block; the view is valid until the next one is read. */
  BlockView read(int block) throws IOException {
    BlockFormat.putBlockKey(
        view.key(), segment.shard(), segment.partition(), index.firstOffset(block));
    blocks.seek(view.key().duplicate());
    return current(block);
  }

  /** Reads and checks all blocks in their order, and that there is nothing else in the file. */
  void forEach(BlockVisitor visitor) throws IOException {
    blocks.seekToFirst();
    for (int block = 0; block < index.blocks(); block++) {
      visitor.visit(block, current(block));
      blocks.next();
    }
    BlockFormat.putIndexKey(view.key(), segment.shard(), segment.partition(), segment.lastOffset());
    if (!blocks.isValid() || !ByteBuffer.wrap(blocks.key()).equals(view.key())) {
      throw new StoreCorruptionException(
          segment.path() + ": holds something else than the blocks of its index");
    }
    blocks.next();
    if (blocks.isValid()) {
      throw new StoreCorruptionException(segment.path() + ": goes on after its index");
    }
    checkStatus();
  }

  @Override
  public void close() {
    if (blocks != null) {
      blocks.close();
    }
    sst.close();
    readOptions.close();
    options.close();
    view.close();
  }

  private BlockView current(int block) throws IOException {
    BlockFormat.putBlockKey(
        view.key(), segment.shard(), segment.partition(), index.firstOffset(block));
    if (!blocks.isValid() || !ByteBuffer.wrap(blocks.key()).equals(view.key())) {
      checkStatus();
      throw new StoreCorruptionException(
          segment.path() + ": block " + block + " of its index is not there");
    }
    int size = blocks.value(view.memory().clear());
    view.check(size, segment, index, block);
    return view;
  }

  private BlockIndex readIndex(int rowsPerBlock) throws IOException {
    BlockFormat.putIndexKey(view.key(), segment.shard(), segment.partition(), segment.lastOffset());
    blocks.seek(view.key().duplicate());
    if (!blocks.isValid() || !ByteBuffer.wrap(blocks.key()).equals(view.key())) {
      checkStatus();
      throw new StoreCorruptionException(
          segment.path()
              + ": has no block index for offset "
              + segment.lastOffset()
              + " of partition "
              + segment.partition());
    }
    return BlockIndex.decode(
        ByteBuffer.wrap(blocks.value()), segment.path(), segment.rows(), rowsPerBlock);
  }

  /** An iterator that met an error looks as if it had come to the end. */
  private void checkStatus() throws IOException {
    try {
      blocks.status();
    } catch (RocksDBException e) {
      throw unreadable(e);
    }
  }

  private StoreCorruptionException unreadable(RocksDBException e) {
    return new StoreCorruptionException(segment.path() + ": cannot be read: " + e.getMessage(), e);
  }
}
