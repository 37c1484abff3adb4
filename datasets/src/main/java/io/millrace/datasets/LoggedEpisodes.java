package io.millrace.datasets;

import io.millrace.datasets.NpzFile.Column;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.Transition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Logged steps of a controller, from a NumPy {@code .npz}: one row a step, in columns. The arrays
 * of a file with n rows, observations of S and actions of A numbers:
 *
 * <table>
 *   <caption>Arrays</caption>
 *   <tr><td>{@code obs}, {@code next_obs}</td><td>[n, S] float</td></tr>
 *   <tr><td>{@code action}</td><td>[n, A] float, in the units of the environment</td></tr>
 *   <tr><td>{@code reward}</td><td>[n] float</td></tr>
 *   <tr><td>{@code terminated}, {@code truncated}</td><td>[n] bool, or 0 and 1</td></tr>
 *   <tr><td>{@code episode_id}</td><td>[n] integer</td></tr>
 *   <tr><td>{@code step}</td><td>[n] integer, from 0 within the episode</td></tr>
 *   <tr><td>{@code action_low}, {@code action_high}</td><td>[A] float</td></tr>
 *   <tr><td>{@code discrete_actions}</td><td>[1] integer: how many discrete actions there are, in
 *       place of the bounds; {@code action} is then [n] integer, the index of each, from 0</td></tr>
 *   <tr><td>{@code behavior_logprob}</td><td>[n] float, natural log density of the action in the
 *       units of the environment; optional, NaN where it is not known</td></tr>
 *   <tr><td>{@code meta}</td><td>one string; optional</td></tr>
 * </table>
 *
 * <p>Numbers may be float32 or float64 and integers of any size, in either byte order. What columns
 * return is not copied and must not be changed.
 */
public final class LoggedEpisodes {
  private static final List<String> ARRAYS =
      List.of(
          "obs",
          "action",
          "reward",
          "next_obs",
          "terminated",
          "truncated",
          "episode_id",
          "step",
          "behavior_logprob",
          "action_low",
          "action_high",
          "discrete_actions",
          "meta");

  private final int rows;
  private final int observationSize;
  private final int actionSize;
  private final float[] observations;
  private final float[] actions;
  private final float[] rewards;
  private final float[] nextObservations;
  private final boolean[] terminated;
  private final boolean[] truncated;
  private final long[] episodeIds;
  private final int[] steps;
  private final float[] behaviourLogProbabilities;
  private final float[] actionLow;
  private final float[] actionHigh;
  private final int discreteActions;
  private final String description;
  private final List<String> ignoredArrays;

  private LoggedEpisodes(NpzFile file) throws IOException {
    Column observation = file.column("obs", 2, "[rows, observation size]");
    rows = observation.rows();
    observationSize = observation.width();
    if (rows == 0 || observationSize == 0) {
      throw observation.fault("is empty");
    }
    observations = observation.floats();
    nextObservations = columns(file, "next_obs", observationSize).floats();
    List<String> names = file.names();
    if (names.contains("discrete_actions")) {
      discreteActions = discreteActions(file);
      actionLow = new float[] {0};
      actionHigh = new float[] {discreteActions - 1};
      actionSize = 1;
      actions = indices(column(file, "action"), discreteActions);
    } else {
      discreteActions = 0;
      actionLow = file.column("action_low", 1, "[action size]").floats();
      actionSize = actionLow.length;
      Column high = file.column("action_high", 1, "[action size]");
      actionHigh = high.floats();
      if (actionHigh.length != actionSize) {
        throw high.fault("expected [" + actionSize + "] as action_low");
      }
      actions = columns(file, "action", actionSize).floats();
    }
    rewards = column(file, "reward").floats();
    terminated = column(file, "terminated").flags();
    truncated = column(file, "truncated").flags();
    episodeIds = column(file, "episode_id").integers();
    steps = column(file, "step").counts();
    if (names.contains("behavior_logprob")) {
      behaviourLogProbabilities = column(file, "behavior_logprob").floats();
    } else {
      behaviourLogProbabilities = new float[rows];
      Arrays.fill(behaviourLogProbabilities, Float.NaN);
    }
    description = file.text("meta").orElse("");
    ignoredArrays = names.stream().filter(name -> !ARRAYS.contains(name)).toList();
  }

  LoggedEpisodes(StreamSpec spec, EpisodeRecorder recorded) {
    rows = recorded.rows;
    observationSize = spec.observationSize();
    actionSize = spec.actionSize();
    observations = recorded.observations.toArray();
    actions = recorded.actions.toArray();
    rewards = recorded.rewards.toArray();
    nextObservations = recorded.nextObservations.toArray();
    terminated = recorded.terminated.toFlags();
    truncated = recorded.truncated.toFlags();
    episodeIds = Arrays.copyOf(recorded.episodeIds, rows);
    steps = Arrays.copyOf(recorded.steps, rows);
    behaviourLogProbabilities = recorded.logProbabilities.toArray();
    actionLow = spec.actionLow();
    actionHigh = spec.actionHigh();
    discreteActions = spec.discreteActions();
    description = "";
    ignoredArrays = List.of();
  }

  private static int discreteActions(NpzFile file) throws IOException {
    Column column = file.column("discrete_actions", 1, "[1]");
    int[] counts = column.counts();
    if (counts.length != 1 || counts[0] < 2 || counts[0] > StreamSpec.MAX_SIZE) {
      throw column.fault(
          "holds "
              + Arrays.toString(counts)
              + ": expected one number, 2 to "
              + StreamSpec.MAX_SIZE);
    }
    return counts[0];
  }

  private static float[] indices(Column column, int actions) throws IOException {
    int[] counts = column.counts();
    var indices = new float[counts.length];
    for (int i = 0; i < indices.length; i++) {
      if (counts[i] >= actions) {
        throw column.fault(
            "holds " + counts[i] + " in row " + i + ": expected 0 to " + (actions - 1));
      }
      indices[i] = counts[i];
    }
    return indices;
  }

  private Column column(NpzFile file, String name) throws IOException {
    Column column = file.column(name, 1, "[" + rows + "]");
    if (column.rows() != rows) {
      throw column.fault("expected [" + rows + "], as many rows as obs");
    }
    return column;
  }

  private Column columns(NpzFile file, String name, int width) throws IOException {
    Column column = file.column(name, 2, "[" + rows + ", " + width + "]");
    if (column.rows() != rows || column.width() != width) {
      throw column.fault("expected [" + rows + ", " + width + "]");
    }
    return column;
  }

  /**
   * Reads a whole file.
   *
   * @throws DatasetFormatException naming file, array and fault, if an array is missing or is not
   *     what it should be
   * @throws IOException if the file cannot be read
   */
  public static LoggedEpisodes read(Path npz) throws IOException {
    try (var file = NpzFile.open(Objects.requireNonNull(npz, "npz"))) {
      return new LoggedEpisodes(file);
    }
  }

  /**
   * The episodes that come with Millrace: 90 of Gymnasium's {@code Pendulum-v1} (18,000 rows), the
   * replay buffer of a short run of soft actor-critic; mean return -1225.
   */
  public static LoggedEpisodes pendulumReplay() throws IOException {
    Path file = Files.createTempFile("pendulum_replay", ".npz");
    try {
      try (InputStream in = LoggedEpisodes.class.getResourceAsStream("pendulum_replay.npz")) {
        Files.copy(
            Objects.requireNonNull(in, "pendulum_replay.npz"),
            file,
            StandardCopyOption.REPLACE_EXISTING);
      }
      return read(file);
    } finally {
      Files.delete(file);
    }
  }

  public int rows() {
    return rows;
  }

  public int observationSize() {
    return observationSize;
  }

  public int actionSize() {
    return actionSize;
  }

  /** [rows, observation size], row by row. */
  public float[] observations() {
    return observations;
  }

  /** [rows, action size], row by row, in the units of the environment; indices of discrete ones. */
  public float[] actions() {
    return actions;
  }

  /** [rows]. */
  public float[] rewards() {
    return rewards;
  }

  /** [rows, observation size], row by row. */
  public float[] nextObservations() {
    return nextObservations;
  }

  /** [rows]. */
  public boolean[] terminated() {
    return terminated;
  }

  /** [rows]. */
  public boolean[] truncated() {
    return truncated;
  }

  /** [rows]. */
  public long[] episodeIds() {
    return episodeIds;
  }

  /** [rows]; from 0 within an episode. */
  public int[] steps() {
    return steps;
  }

  /** [rows]; NaN where it was not logged. */
  public float[] behaviourLogProbabilities() {
    return behaviourLogProbabilities;
  }

  /** [action size]. */
  public float[] actionLow() {
    return actionLow;
  }

  /** [action size]. */
  public float[] actionHigh() {
    return actionHigh;
  }

  /** What the file says about itself, or nothing. */
  public Optional<String> description() {
    return description.isEmpty() ? Optional.empty() : Optional.of(description);
  }

  /** Arrays of the file that are not read; a misspelt name of an optional array is here. */
  public List<String> ignoredArrays() {
    return ignoredArrays;
  }

  /**
   * The specification of a stream of such rows.
   *
   * @throws IllegalArgumentException if the bounds of the actions are not finite or not in order
   */
  public StreamSpec spec(String stream) {
    if (discreteActions > 0) {
      return StreamSpec.discrete(stream, observationSize, discreteActions);
    }
    return new StreamSpec(stream, observationSize, actionLow, actionHigh);
  }

  /**
   * A row as it goes to Kafka.
   *
   * @param row from 0
   * @param policyId of the policy that acted
   * @param policyRevision of the policy that acted, 0 if Millrace did not publish it
   * @param firstEpisodeId added to the file's episode ids: a random number keeps files that number
   *     their episodes from 0 apart in one stream
   * @param eventTimeMicros since 1970-01-01T00:00:00Z
   */
  public Transition toTransition(
      int row, String policyId, long policyRevision, long firstEpisodeId, long eventTimeMicros) {
    Objects.checkIndex(row, rows);
    var transition =
        Transition.newBuilder()
            .setPolicyId(policyId)
            .setPolicyRevision(policyRevision)
            .setEpisodeId(firstEpisodeId + episodeIds[row])
            .setStep(steps[row])
            .setEventTimeMicros(eventTimeMicros)
            .setReward(rewards[row])
            .setTerminated(terminated[row])
            .setTruncated(truncated[row]);
    for (int i = row * observationSize; i < (row + 1) * observationSize; i++) {
      transition.addObservation(observations[i]).addNextObservation(nextObservations[i]);
    }
    for (int i = row * actionSize; i < (row + 1) * actionSize; i++) {
      transition.addAction(actions[i]);
    }
    if (!Float.isNaN(behaviourLogProbabilities[row])) {
      transition.setBehaviourLogProbability(behaviourLogProbabilities[row]);
    }
    return transition.build();
  }
}
