package io.millrace.trainer.algorithm;

/**
 * Seeds of the updates' noise, from the learner's seed and the update's number alone. The engine's
 * generator on a CPU takes 32 bits, so numbers are scrambled by a bijection: no two updates within
 * 2³² of one learner share a seed.
 */
final class NoiseSeed {
  private NoiseSeed() {}

  /** The seed of an update, 0 to 2³² - 1. */
  static long of(long seed, long update) {
    long scrambled = mix64(seed);
    int position = (int) update + (int) scrambled;
    return (mix32(position) ^ (int) (scrambled >>> 32)) & 0xffff_ffffL;
  }

  /** Finaliser of SplitMix64 (Steele, Lea & Flood 2014), variant 13 of Stafford's mixers. */
  private static long mix64(long bits) {
    long z = bits + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Finaliser of MurmurHash3, 32 bits. */
  private static int mix32(int bits) {
    int z = bits;
    z = (z ^ (z >>> 16)) * 0x85ebca6b;
    z = (z ^ (z >>> 13)) * 0xc2b2ae35;
    return z ^ (z >>> 16);
  }
}
