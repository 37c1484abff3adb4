package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import java.nio.file.Path;
import java.time.Duration;
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
    Duration storePollInterval) {

  /** What is run on the rows. */
  public enum Algorithm {
    /** Conservative Q-learning, CQL(H), on soft actor-critic. */
    CQL_SAC
  }

  /** Where updates run. */
  public enum Device {
    AUTO,
    CPU,
    GPU
  }

  /** How the weight of the conservative term is set. */
  public enum ConservativeMode {
    FIXED,
    LAGRANGE
  }

  /**
   * Everything that parameters depend on beside the rows and when they came: two runs with equal
   * values, on equal rows at equal updates, have equal parameters.
   *
   * @param threads of an update on a CPU, 1 or more: sums are split by it
   */
  public record Learning(
      Algorithm algorithm,
      List<Integer> hiddenSizes,
      long seed,
      Device device,
      int threads,
      int batchSize,
      double freshFraction,
      int freshRows,
      int historyRows,
      double discount,
      double polyak,
      double criticLearningRate,
      double policyLearningRate,
      ConservativeMode conservativeMode,
      double conservativeWeight,
      double lagrangeThreshold,
      int sampledActions,
      boolean backupEntropy) {
    public Learning {
      hiddenSizes = List.copyOf(hiddenSizes);
    }

    /** Every value as it would be written in the configuration file, by its key. */
    public Map<String, String> toTexts() {
      return TrainerOptions.toTexts(this);
    }
  }

  /**
   * How training and the stream keep step.
   *
   * @param minRows before the first update
   * @param samplesPerRow rows drawn for each row that came in; 0: no limit
   * @param bandSamples how far training may be ahead, and behind if rows are held back
   * @param holdBack whether rows wait while training is behind
   */
  public record Pace(long minRows, double samplesPerRow, long bandSamples, boolean holdBack) {}

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
