package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.app.kafka.TopicReader;
import io.millrace.app.kafka.TransitionLog;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.DeadLetter;
import io.millrace.schemas.v1.Transition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Discrete actions through every part, by the commands that a user gives. */
class CartPoleIT {
  @TempDir private Path directory;
  private EmbeddedBroker broker;
  private Path config;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
    config = directory.resolve("millrace.yaml");
    Files.writeString(
        config,
        """
        stream: {name: cartpole, observation-size: 4, actions: 2}
        kafka: {bootstrap-servers: "%s"}
        store: {path: "%s"}
        ingest: {bounded: true, checkpoint-interval: 500 ms}
        trainer:
          directory: "%s"
          algorithm: cql-discrete
          hidden-sizes: [32, 32]
          threads: 1
          critic-learning-rate: 1e-3
          conservative-weight: 1
          exploration-epsilon: 0.5
          max-updates: 300
        policy: {id: cart, publish-updates: 0, publish-interval: 0 s}
        """
            .formatted(
                broker.bootstrapServers(),
                directory.resolve("store"),
                directory.resolve("trainer")));
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void whatIsLoggedIsStoredTrainedOnPublishedActedWithAndLoggedAgain() throws Exception {
    long produced = last("produce", "cartpole_mixed").get("rows").longValue();
    assertThat(produced).isGreaterThan(15_000);
    logActions(2, 0.5f);

    var ingested = last("ingest", "--status-seconds", "1");
    assertThat(ingested.get("rowsStored").longValue()).isEqualTo(produced);
    assertThat(ingested.get("rowsRejected").longValue()).isEqualTo(2);
    assertThat(refusals()).containsExactlyInAnyOrder("action[0] 2.0", "action[0] 0.5");

    assertThat(last("train", "--status-seconds", "1").get("revision").longValue()).isEqualTo(1);

    var acted = last("act", "--episodes", "6", "--rate", "0", "--plants", "2", "--seed", "3");
    long rows = acted.get("rowsLogged").longValue();
    assertThat(acted.get("returns").get(0).get("episodes").intValue()).isEqualTo(6);
    assertThat(acted.get("returns").get(0).get("mean").doubleValue()).isEqualTo(rows / 6.0);
    var logged = transitions().stream().filter(row -> row.getPolicyId().equals("cart")).toList();
    assertThat(logged).hasSize(Math.toIntExact(rows));
    assertThat(logged)
        .allSatisfy(
            row -> {
              assertThat(row.getPolicyRevision()).isEqualTo(1);
              assertThat(row.getAction(0)).isIn(0f, 1f);
              // Greedy or not, with half of all steps at random.
              assertThat(row.getBehaviourLogProbability())
                  .isIn((float) Math.log(0.75), (float) Math.log(0.25));
            });
    assertThat(logged.stream().map(row -> row.getAction(0)).distinct()).hasSize(2);

    assertThat(last("ingest", "--status-seconds", "1").get("rowsStored").longValue())
        .isEqualTo(produced + rows);
    assertThat(last("store", "verify").get("problems")).isEmpty();
  }

  /** The object that a command printed last. */
  private JsonNode last(String... command) throws Exception {
    var arguments =
        Stream.concat(Stream.of(command), Stream.of("--json", "--config", config.toString()));
    var run = CommandLineHarness.run(arguments.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isZero();
    var lines = run.out().lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  private void logActions(float... actions) throws Exception {
    try (var log = TransitionLog.open(ConfigurationFile.load(config))) {
      for (float action : actions) {
        var row = Transition.newBuilder().setEventTimeMicros(1_767_323_045_123_456L);
        for (int i = 0; i < 4; i++) {
          row.addObservation(0).addNextObservation(0);
        }
        log.log(row.addAction(action).build());
      }
      log.flush();
    }
  }

  private List<String> refusals() throws Exception {
    List<String> refusals = new ArrayList<>();
    TopicReader.read(
        ConfigurationFile.load(config),
        "cartpole.dead-letters",
        record -> {
          var letter = letter(record.headers().lastHeader(KafkaNames.DEAD_LETTER_HEADER).value());
          assertThat(letter.getExpected()).isEqualTo("the index of one of 2 actions, from 0");
          refusals.add(letter.getField() + " " + letter.getActual());
        });
    return refusals;
  }

  private List<Transition> transitions() throws Exception {
    List<Transition> rows = new ArrayList<>();
    TopicReader.read(
        ConfigurationFile.load(config),
        "cartpole.transitions",
        record -> rows.add(transition(record.value())));
    return rows;
  }

  private static DeadLetter letter(byte[] value) {
    try {
      return DeadLetter.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static Transition transition(byte[] value) {
    try {
      return Transition.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
