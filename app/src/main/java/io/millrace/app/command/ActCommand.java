package io.millrace.app.command;

import io.millrace.app.fleet.Fleet;
import io.millrace.app.fleet.Plants;
import io.millrace.app.fleet.RevisionReturns;
import io.millrace.app.kafka.Topics;
import io.millrace.app.kafka.TransitionLog;
import io.millrace.app.terminal.Interruption;
import io.millrace.app.terminal.Output;
import io.millrace.client.Policy;
import io.millrace.client.PolicyClient;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.schemas.StreamSpec;
import io.millrace.trainer.TrainerOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace act}. */
@Command(
    name = "act",
    description = {
      "Act with the newest policy, and log each step.",
      "Runs simulated plants (Pendulum or CartPole, whichever has the stream's rows) until Ctrl-C or"
          + " the last episode, each episode with the policy that was the newest when it began; or"
          + " prints the actions for a file of observations.",
      ""
    })
final class ActCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private ConfigurationOption configuration;

  @Option(
      names = "--policy-id",
      paramLabel = "ID",
      description = "Policy to act with (default: policy.id).")
  private String policyId;

  @Option(
      names = "--plants",
      paramLabel = "N",
      defaultValue = "8",
      description = "How many plants (default: ${DEFAULT-VALUE}).")
  private int plants;

  @Option(
      names = "--rate",
      paramLabel = "STEPS",
      defaultValue = "20",
      description =
          "Steps a second of each plant; 0 for as fast as they go (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--episodes",
      paramLabel = "N",
      defaultValue = "0",
      description = "Episodes to play; 0 for no end (default: ${DEFAULT-VALUE}).")
  private int episodes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of initial states, actions and episode ids (default: another each time).")
  private Long seed;

  @Option(names = "--deterministic", description = "Take the most likely action, without noise.")
  private boolean deterministic;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait for a first policy (default: ${DEFAULT-VALUE}).")
  private int waitSeconds;

  @Option(
      names = "--observations",
      paramLabel = "FILE",
      description =
          "Run no plant: print the most likely action for each observation of this .npz of logged"
              + " episodes.")
  private Path observations;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000",
      description = "With --observations: how many, from the first (default: ${DEFAULT-VALUE}).")
  private int rows;

  /** The actions for the first observations of a file. */
  record Actions(String policyId, long revision, List<List<Float>> actions) {}

  /** What the plants did. */
  record Acted(long rowsLogged, List<RevisionReturns.RevisionReturn> returns) {}

  @Override
  public Integer call() throws Exception {
    var settings = configuration.settings();
    var spec = StreamOptions.spec(settings);
    var output = common.output();
    Interruption.listen();
    try (var topics = Topics.open(settings)) {
      topics.createMissing(settings);
    }
    var id = policyId == null ? settings.get(TrainerOptions.POLICY_ID) : policyId;
    try (var client =
        PolicyClient.builder()
            .bootstrapServers(settings.get(StreamOptions.BOOTSTRAP_SERVERS))
            .kafkaProperties(settings.get(StreamOptions.KAFKA_PROPERTIES))
            .policyId(id)
            .spec(spec)
            .start()) {
      client.awaitFirst(Duration.ofSeconds(waitSeconds));
      if (observations == null) {
        runPlants(settings, spec, client, output);
      } else {
        printActions(spec, client, output);
      }
    }
    return 0;
  }

  private void runPlants(Settings settings, StreamSpec spec, PolicyClient client, Output output) {
    var plant = Plants.of(spec).orElseThrow(() -> noPlant(spec));
    var returns = new RevisionReturns();
    try (var log = TransitionLog.open(settings)) {
      var fleet =
          new Fleet(
              plant,
              plants,
              rate,
              deterministic ? Fleet.Mode.DETERMINISTIC : Fleet.Mode.STOCHASTIC,
              seed == null ? new SplittableRandom().nextLong() : seed,
              client,
              log,
              returns);
      var printedRevision = new AtomicLong();
      fleet.run(
          () -> {
            if (Interruption.requested()) {
              fleet.hurry();
              return false;
            }
            printWhenNew(returns, printedRevision, output);
            return episodes == 0 || fleet.begun() < episodes;
          });
      log.flush();
      output.object(new Acted(log.acknowledged(), returns.toList()));
      output.line(log.acknowledged() + " rows logged to " + log.topic());
      returns.toList().forEach(line -> print(line, output));
    }
  }

  /** Prints the returns of a revision once episodes of the next one have ended. */
  private static void printWhenNew(
      RevisionReturns returns, AtomicLong printedRevision, Output output) {
    var lines = returns.toList();
    for (var line : lines.subList(0, Math.max(0, lines.size() - 1))) {
      if (line.revision() > printedRevision.get()) {
        printedRevision.set(line.revision());
        print(line, output);
      }
    }
  }

  private static void print(RevisionReturns.RevisionReturn line, Output output) {
    output.line(
        String.format(
            Locale.ROOT,
            "revision %d: mean return %.1f ± %.1f over %d episodes",
            line.revision(),
            line.mean(),
            line.standardDeviation(),
            line.episodes()));
  }

  private void printActions(StreamSpec spec, PolicyClient client, Output output) throws Exception {
    var logged = LoggedEpisodes.read(observations);
    if (logged.observationSize() != spec.observationSize()) {
      throw new CommandFailure(
          observations
              + " has observations of "
              + logged.observationSize()
              + " numbers, but the configuration has "
              + spec);
    }
    List<List<Float>> actions = new ArrayList<>();
    try (Policy policy = client.lease()) {
      int size = spec.observationSize();
      for (int row = 0; row < Math.min(rows, logged.rows()); row++) {
        var observation = Arrays.copyOfRange(logged.observations(), row * size, (row + 1) * size);
        List<Float> action = new ArrayList<>();
        for (float value : policy.act(observation).values()) {
          action.add(value);
        }
        actions.add(action);
        output.line(action.toString());
      }
      output.object(new Actions(policy.info().policyId(), policy.info().revision(), actions));
    }
  }

  private static CommandFailure noPlant(StreamSpec spec) {
    return new CommandFailure(
        "no plant has rows of "
            + spec
            + "; there are plants of "
            + Plants.specs(spec.stream()).stream()
                .map(StreamSpec::toString)
                .collect(Collectors.joining(" and of ")));
  }
}
