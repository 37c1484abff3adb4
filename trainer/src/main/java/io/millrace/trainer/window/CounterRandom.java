package io.millrace.trainer.window;

/**
 * Random numbers without a state: number {@code index} of a key follows from the two alone, so that
 * a run can be re-entered anywhere. It is SplitMix64 (Steele, Lea, Flood 2014) started at the key,
 * and part of the format of a journal: the numbers must never change.
 */
final class CounterRandom {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private CounterRandom() {}

  /** A key of its own for each seed, purpose and counter. */
  static long key(long seed, long purpose, long counter) {
    return mix(mix(mix(seed + GAMMA) + purpose * GAMMA) + counter * GAMMA);
  }

  /** Uniform in [0, bound): off by less than bound / 2^63. */
  static long below(long bound, long key, long index) {
    long bits = mix(key + (index + 1) * GAMMA) >>> 1;
    return Math.multiplyHigh(bits, bound << 1);
  }

  /** Uniform in [0, 1), in steps of 2^-53. */
  static double unit(long key, long index) {
    return (mix(key + (index + 1) * GAMMA) >>> 11) * 0x1p-53;
  }

  // "Mix13" of David Stafford: a bijection on 64 bits in which every input bit moves half of the
  // output.
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
