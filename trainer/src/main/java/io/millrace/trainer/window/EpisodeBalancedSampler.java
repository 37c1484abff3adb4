package io.millrace.trainer.window;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * First an episode, each alike, then one of its rows that are held, each alike: long episodes do
 * not crowd out short ones.
 */
final class EpisodeBalancedSampler implements HistorySampler {
  private static final int INITIAL_SLOTS = 1 << 10;
  private static final int INITIAL_EPISODE_ROWS = 8;
  private static final long ROW_INDEX = 1L << 32;

  private final Map<Long, Episode> byId = new HashMap<>();
  private Episode[] episodes = new Episode[INITIAL_EPISODE_ROWS];
  private int count;
  private Episode[] episodeOfSlot = new Episode[INITIAL_SLOTS];
  private int[] placeOfSlot = new int[INITIAL_SLOTS];

  /** The slots of an episode's rows, in an order that follows from the rows alone. */
  private static final class Episode {
    private final long id;
    private int place;
    private int[] slots = new int[INITIAL_EPISODE_ROWS];
    private int rows;

    Episode(long id, int place) {
      this.id = id;
      this.place = place;
    }
  }

  @Override
  public void written(int slot, long episodeId) {
    if (slot >= episodeOfSlot.length) {
      int doubled = Math.max(slot + 1, 2 * episodeOfSlot.length);
      episodeOfSlot = Arrays.copyOf(episodeOfSlot, doubled);
      placeOfSlot = Arrays.copyOf(placeOfSlot, doubled);
    }
    if (episodeOfSlot[slot] != null) {
      remove(slot);
    }
    add(slot, episodeId);
  }

  private void add(int slot, long episodeId) {
    var episode = byId.get(episodeId);
    if (episode == null) {
      episode = new Episode(episodeId, count);
      byId.put(episodeId, episode);
      if (count == episodes.length) {
        episodes = Arrays.copyOf(episodes, 2 * count);
      }
      episodes[count++] = episode;
    }
    if (episode.rows == episode.slots.length) {
      episode.slots = Arrays.copyOf(episode.slots, 2 * episode.rows);
    }
    episodeOfSlot[slot] = episode;
    placeOfSlot[slot] = episode.rows;
    episode.slots[episode.rows++] = slot;
  }

  private void remove(int slot) {
    var episode = episodeOfSlot[slot];
    int moved = episode.slots[--episode.rows];
    episode.slots[placeOfSlot[slot]] = moved;
    placeOfSlot[moved] = placeOfSlot[slot];
    if (episode.rows == 0) {
      byId.remove(episode.id);
      var last = episodes[--count];
      episodes[episode.place] = last;
      last.place = episode.place;
      episodes[count] = null;
    }
  }

  @Override
  public void choose(long key, int size, Draw draw) {
    for (int i = draw.fresh(); i < draw.rows(); i++) {
      var episode = episodes[(int) CounterRandom.below(count, key, i)];
      draw.slots[i] = episode.slots[(int) CounterRandom.below(episode.rows, key, ROW_INDEX + i)];
    }
  }
}
