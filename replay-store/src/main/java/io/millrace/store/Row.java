package io.millrace.store;

import io.millrace.schemas.StreamSpec;

/**
 * One logged step and where it stood in the log. Mutable, and made to be filled again for the next
 * row: millions a second pass through one instance.
 *
 * <p>Lengths and units are those of the stream's specification; see {@code transition.proto}.
 */
public final class Row {
  /** A policy id is at most this long in UTF-8. */
  public static final int MAX_POLICY_ID_BYTES = 1024;

  /** Kafka partition, 0 to 65,535. */
  public int partition;

  /** Kafka offset; with the partition it identifies the row. */
  public long offset;

  /** Microseconds since 1970-01-01T00:00:00Z. */
  public long eventTimeMicros;

  public long episodeId;

  /** Unsigned; from 0 within the episode. */
  public int step;

  /** Unsigned; 0 is a policy that Millrace did not publish. */
  public long policyRevision;

  /** At most {@value #MAX_POLICY_ID_BYTES} bytes of UTF-8; empty if not logged. */
  public String policyId = "";

  /** [observationSize], in the units of the environment. */
  public final float[] observation;

  /** [actionSize], in the units of the environment. */
  public final float[] action;

  /** [observationSize]. */
  public final float[] nextObservation;

  public float reward;
  public boolean terminated;
  public boolean truncated;

  /** Natural log density of the action under the policy that acted; NaN if it was not logged. */
  public float behaviourLogProbability = Float.NaN;

  /** A row of a stream, all zero. */
  public Row(StreamSpec spec) {
    this(spec.observationSize(), spec.actionSize());
  }

  /** A row of these sizes, all zero. */
  public Row(int observationSize, int actionSize) {
    observation = new float[observationSize];
    action = new float[actionSize];
    nextObservation = new float[observationSize];
  }
}
