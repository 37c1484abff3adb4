package io.millrace.store;

import java.util.Arrays;

/** A set of (episode, step), 12 bytes a slot, open addressing with linear probing. */
final class EpisodeSteps {
  private static final int FIRST_SLOTS = 1 << 12;

  private long[] episodes = new long[FIRST_SLOTS];
  private int[] steps = new int[FIRST_SLOTS];
  private boolean[] taken = new boolean[FIRST_SLOTS];
  private int size;

  /** Spreads a pair over all longs (the finaliser of MurmurHash3 on each half). */
  static long hash(long episode, int step) {
    return mix(episode ^ mix(step + 0x9E3779B97F4A7C15L));
  }

  /** Returns false if the pair is there already. */
  boolean add(long episode, int step) {
    if (2 * size >= episodes.length) {
      grow();
    }
    int slot = slot(episode, step);
    if (taken[slot]) {
      return false;
    }
    episodes[slot] = episode;
    steps[slot] = step;
    taken[slot] = true;
    size++;
    return true;
  }

  void clear() {
    Arrays.fill(taken, false);
    size = 0;
  }

  private int slot(long episode, int step) {
    int mask = episodes.length - 1;
    int slot = (int) hash(episode, step) & mask;
    while (taken[slot] && (episodes[slot] != episode || steps[slot] != step)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    var oldEpisodes = episodes;
    var oldSteps = steps;
    var oldTaken = taken;
    episodes = new long[2 * oldEpisodes.length];
    steps = new int[episodes.length];
    taken = new boolean[episodes.length];
    size = 0;
    for (int i = 0; i < oldTaken.length; i++) {
      if (oldTaken[i]) {
        add(oldEpisodes[i], oldSteps[i]);
      }
    }
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 33)) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ (mixed >>> 33);
  }
}
