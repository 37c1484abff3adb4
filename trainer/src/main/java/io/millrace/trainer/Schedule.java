package io.millrace.trainer;

import java.time.Duration;

/** Something that is due after so many updates or so long, whichever is first. */
final class Schedule {
  private final long updates;
  private final long intervalNanos;
  private long lastNanos = System.nanoTime();
  private long lastUpdate;

  /**
   * A schedule.
   *
   * @param updates 0: by time alone
   * @param interval zero: by updates alone
   * @param update at which it was done last
   */
  Schedule(long updates, Duration interval, long update) {
    this.updates = updates;
    this.intervalNanos = interval.toNanos();
    this.lastUpdate = update;
  }

  /** Whether it is due after this update; never twice for one update. */
  boolean due(long update) {
    if (update == lastUpdate) {
      return false;
    }
    return (updates > 0 && update % updates == 0)
        || (intervalNanos > 0 && System.nanoTime() - lastNanos >= intervalNanos);
  }

  /** It was done after this update. */
  void done(long update) {
    lastUpdate = update;
    lastNanos = System.nanoTime();
  }

  /** The update that it was done after last. */
  long lastUpdate() {
    return lastUpdate;
  }
}
