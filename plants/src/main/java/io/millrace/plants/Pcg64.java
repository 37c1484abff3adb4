package io.millrace.plants;

import java.math.BigInteger;

/**
 * The random numbers that NumPy's {@code default_rng(seed)} draws: PCG XSL-RR 128/64 (O'Neill 2014,
 * "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
 * Generation", section 6.3), seeded by hashing the seed into 256 bits as {@code numpy.random.
 * SeedSequence} documents. Plants draw their initial states from it, so that a seed means the same
 * episode here and in Gymnasium. It is drawn from a few times an episode: written for plainness.
 */
final class Pcg64 {
  private static final BigInteger MULTIPLIER =
      new BigInteger("2360ed051fc65da44385df649fccf645", 16);
  private static final BigInteger MASK = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

  private static final int POOL_WORDS = 4;
  private static final int STATE_WORDS = 8;

  private final BigInteger increment;
  private BigInteger state;

  /** Seeds the generator; the seed is taken as an unsigned number. */
  Pcg64(long seed) {
    int[] words = stateWords(pool(seed));
    BigInteger initial = joined(words, 0);
    increment = joined(words, 4).shiftLeft(1).setBit(0).and(MASK);
    state = increment.add(initial).and(MASK);
    advance();
  }

  /** A number from [low, high). */
  double uniform(double low, double high) {
    return low + (high - low) * ((next() >>> 11) * 0x1p-53);
  }

  private long next() {
    advance();
    long high = state.shiftRight(64).longValue();
    return Long.rotateRight(high ^ state.longValue(), (int) (high >>> 58));
  }

  private void advance() {
    state = state.multiply(MULTIPLIER).add(increment).and(MASK);
  }

  /** Hashes the seed into four words in which every bit of the seed reaches every bit. */
  private static int[] pool(long seed) {
    var hash = new Hash(0x43b0d7e5, 0x931e8875);
    var pool = new int[POOL_WORDS];
    int[] entropy = {(int) seed, (int) (seed >>> 32)};
    for (int i = 0; i < POOL_WORDS; i++) {
      pool[i] = hash.of(i < entropy.length ? entropy[i] : 0);
    }
    for (int source = 0; source < POOL_WORDS; source++) {
      for (int target = 0; target < POOL_WORDS; target++) {
        if (source != target) {
          int mixed = 0xca01f9dd * pool[target] - 0x4973f715 * hash.of(pool[source]);
          pool[target] = mixed ^ mixed >>> 16;
        }
      }
    }
    return pool;
  }

  private static int[] stateWords(int[] pool) {
    var hash = new Hash(0x8b51f9dd, 0x58f38ded);
    var words = new int[STATE_WORDS];
    for (int i = 0; i < STATE_WORDS; i++) {
      words[i] = hash.of(pool[i % POOL_WORDS]);
    }
    return words;
  }

  /** 128 bits from four words: the high 64 bits first, each 64 low word first. */
  private static BigInteger joined(int[] words, int from) {
    return BigInteger.valueOf(words[from + 1] & 0xffffffffL)
        .shiftLeft(32)
        .or(BigInteger.valueOf(words[from] & 0xffffffffL))
        .shiftLeft(32)
        .or(BigInteger.valueOf(words[from + 3] & 0xffffffffL))
        .shiftLeft(32)
        .or(BigInteger.valueOf(words[from + 2] & 0xffffffffL));
  }

  /** The multiplicative hash of the seeding, whose constant moves on with each word. */
  private static final class Hash {
    private final int multiplier;
    private int constant;

    Hash(int constant, int multiplier) {
      this.constant = constant;
      this.multiplier = multiplier;
    }

    int of(int word) {
      int hashed = word ^ constant;
      constant *= multiplier;
      hashed *= constant;
      return hashed ^ hashed >>> 16;
    }
  }
}
