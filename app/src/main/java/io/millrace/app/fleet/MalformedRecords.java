package io.millrace.app.fleet;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.Transition;
import java.util.SplittableRandom;

/** Records that a service with a bug might log: each of another kind, none of them a good row. */
public final class MalformedRecords {
  private static final int RANDOM_BYTES = 64;

  private final StreamSpec spec;
  private final SplittableRandom random;
  private int made;

  /**
   * Makes records that the stream has to refuse.
   *
   * @param seed of the random bytes
   */
  public MalformedRecords(StreamSpec spec, long seed) {
    this.spec = spec;
    this.random = new SplittableRandom(seed);
  }

  /** The next record's value. */
  public byte[] next() {
    return switch (made++ % 6) {
      case 0 -> undecodable();
      case 1 -> row().addObservation(0).build().toByteArray();
      case 2 -> row().setReward(Float.NaN).build().toByteArray();
      case 3 -> row().setAction(0, spec.actionHigh(0) + 1).build().toByteArray();
      case 4 -> new byte[0];
      default -> row().setEventTimeMicros(-1).build().toByteArray();
    };
  }

  /** Begins with a field of wire type 7, which there is not: never a message by accident. */
  private byte[] undecodable() {
    var bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    bytes[0] = 0x0f;
    return bytes;
  }

  private Transition.Builder row() {
    var row =
        Transition.newBuilder()
            .setEpisodeId(random.nextLong())
            .setEventTimeMicros(System.currentTimeMillis() * 1000);
    for (int i = 0; i < spec.observationSize(); i++) {
      row.addObservation(0).addNextObservation(0);
    }
    for (int i = 0; i < spec.actionSize(); i++) {
      row.addAction(spec.actionLow(i));
    }
    return row;
  }
}
