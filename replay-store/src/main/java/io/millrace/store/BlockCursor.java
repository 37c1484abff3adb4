package io.millrace.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Reads blocks out of a reader's database, best one after the other: going on to the next costs a
 * fifth less than looking it up. For one thread, and not for long, since it keeps what it reads
 * from being deleted.
 */
final class BlockCursor implements AutoCloseable {
  private final RocksIterator iterator;
  private final BlockView view;
  private final ByteBuffer foundKey = ByteBuffer.allocate(BlockFormat.INDEX_KEY_BYTES);
  private StoredSegment segment;
  private int block;

  /**
   * Over an iterator that it closes.
   *
   * @param view where blocks are read to; stays the caller's
   */
  BlockCursor(RocksIterator iterator, BlockView view) {
    this.iterator = iterator;
    this.view = view;
  }

  /** The block read last. */
  BlockView view() {
    return view;
  }

  /**
   * Reads and checks a block.
   *
   * @throws StoreCorruptionException naming the segment, if the block is not there or not whole
   */
  void read(StoredSegment wanted, BlockIndex index, int wantedBlock) throws IOException {
    var key = view.key();
    BlockFormat.putBlockKey(
        key, wanted.shard(), wanted.partition(), index.firstOffset(wantedBlock));
    if (segment == wanted && wantedBlock == block + 1) {
      iterator.next();
    } else {
      iterator.seek(key.duplicate());
    }
    segment = null;
    if (!iterator.isValid()) {
      throw missing(wanted, wantedBlock);
    }
    foundKey.clear();
    foundKey.limit(Math.min(foundKey.capacity(), iterator.key(foundKey.array())));
    if (!foundKey.equals(key)) {
      throw missing(wanted, wantedBlock);
    }
    int size = iterator.value(view.memory().clear());
    view.check(size, wanted, index, wantedBlock);
    segment = wanted;
    block = wantedBlock;
  }

  @Override
  public void close() {
    iterator.close();
  }

  /** An iterator that met an error looks as if it had come to the end. */
  private IOException missing(StoredSegment wanted, int wantedBlock) {
    try {
      iterator.status();
    } catch (RocksDBException e) {
      return ReaderDatabase.readFailure(wanted.path(), e);
    }
    return new StoreCorruptionException(
        wanted.path() + ": block " + wantedBlock + " of its index is not in the reader's database");
  }
}
