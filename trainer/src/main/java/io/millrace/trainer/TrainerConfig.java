package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.trainer.algorithm.Algorithm;
import io.millrace.trainer.algorithm.ComputeDevice;
import io.millrace.trainer.algorithm.LearnerSpec;
import io.millrace.trainer.algorithm.NetworkSpec;
import io.millrace.trainer.algorithm.Precision;
import io.millrace.trainer.window.SamplingSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a trainer runs with; {@link TrainerOptions} says what each value means.
 *
 * @param store root of the replay store
 * @param reader name of the trainer as a reader of the store
 * @param directory of journal and checkpoints
 * @param publishing empty: nothing is published
 * @param maxUpdates the update to stop after, or 0 for none
 * @param metricsUpdates updates between readings of the metrics
 * @param valueGuard when values count as diverged
 */
public record TrainerConfig(
    StreamSpec spec,
    Path store,
    String reader,
    Path directory,
    Learning learning,
    Pace pace,
    Checkpointing checkpointing,
    Optional<Publishing> publishing,
    long maxUpdates,
    int metricsUpdates,
    ValueGuard valueGuard,
    Duration storePollInterval) {

  /**
   * Everything that parameters depend on beside the rows and when they came: two runs with equal
   * values, on equal rows at equal updates, have equal parameters.
   *
   * @param critics how many estimate each value
   * @param criticNorm whether they have a LayerNorm before each ReLU
   * @param threads of an update on a CPU, 1 or more: sums are split by it
   * @param sampling how batches are drawn
   * @param texts every value as it would be written in the configuration file, by its key
   */
  public record Learning(
      Algorithm algorithm,
      List<Integer> hiddenSizes,
      int critics,
      boolean criticNorm,
      long seed,
      ComputeDevice device,
      int threads,
      Precision precision,
      int batchSize,
      SamplingSpec sampling,
      Map<String, String> texts) {
    public Learning {
      hiddenSizes = List.copyOf(hiddenSizes);
      texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    }

    /** What the learner of a stream is made from. */
    LearnerSpec learnerSpec(StreamSpec spec) {
      return new LearnerSpec(
          algorithm,
          new NetworkSpec(
              spec.observationSize(),
              spec.actionSize(),
              hiddenSizes,
              critics,
              criticNorm,
              spec.discreteActions()),
          seed,
          device,
          precision);
    }
  }

  /**
   * How large values may become before training stops: so many times what a return can be at most,
   * (largest |reward| + action size) / (1 - discount). The action size stands for the entropy that
   * soft critics add in a step, and for the rewards where all are 0.
   *
   * @param factor 0: as large as they like
   */
  public record ValueGuard(double factor, double discount) {
    /** Values may become as large as they like. */
    public static final ValueGuard OFF = new ValueGuard(0, 0);

    /** The largest |Q| that is let pass. */
    double limit(double largestReward, int actionSize) {
      return factor == 0
          ? Double.POSITIVE_INFINITY
          : factor * (largestReward + actionSize) / (1 - discount);
    }
  }

  /**
   * How training and the stream keep step.
   *
   * @param minRows before the first update
   * @param offlineUpdates that do not count: they are for the first rows
   * @param samplesPerRow rows drawn for each row that came in after them; 0: no limit
   * @param bandSamples how far training may be ahead, and behind if rows are held back
   * @param holdBack whether rows wait while training is behind
   */
  public record Pace(
      long minRows,
      long offlineUpdates,
      double samplesPerRow,
      long bandSamples,
      boolean holdBack) {}

  /**
   * When checkpoints are written: after so many updates or so long, whichever is first.
   *
   * @param updates 0: by time alone
   */
  public record Checkpointing(long updates, Duration interval, int kept) {}

  /**
   * When and where snapshots are published: after so many updates or so long, whichever is first.
   *
   * @param kafkaProperties for the producer; bootstrap.servers among them
   * @param updates 0: by time alone
   * @param interval zero: by updates alone
   */
  public record Publishing(
      String policyId,
      Map<String, Object> kafkaProperties,
      long updates,
      Duration interval,
      boolean atStop,
      Duration timeout) {
    public Publishing {
      kafkaProperties = Map.copyOf(kafkaProperties);
    }
  }
}
