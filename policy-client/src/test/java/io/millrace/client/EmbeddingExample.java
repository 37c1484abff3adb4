package io.millrace.client;

import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.Transition;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** The code that docs/concepts/policy-client.md shows; {@link DocumentationTest} compares them. */
final class EmbeddingExample {
  private EmbeddingExample() {}

  /** What is controlled. */
  interface Machine {
    float[] observe();

    /** Returns the reward of the step. */
    float apply(float[] action);

    boolean isRunning();
  }

  static PolicyClient connect(String bootstrapServers) throws InterruptedException {
    PolicyClient client =
        PolicyClient.builder()
            .bootstrapServers(bootstrapServers)
            .policyId("main")
            .spec(new StreamSpec("pendulum", 3, new float[] {-2}, new float[] {2}))
            .start();
    client.awaitFirst(Duration.ofMinutes(1));
    return client;
  }

  static int choice(String bootstrapServers, float[] observation) throws InterruptedException {
    PolicyClient client =
        PolicyClient.builder()
            .bootstrapServers(bootstrapServers)
            .policyId("main")
            .spec(StreamSpec.discrete("cartpole", 4, 2))
            .start();
    client.awaitFirst(Duration.ofMinutes(1));
    return client.act(observation).index();
  }

  static void episode(PolicyClient client, Machine machine, Consumer<Transition> log) {
    long episodeId = ThreadLocalRandom.current().nextLong();
    try (Policy policy = client.lease()) {
      float[] observation = machine.observe();
      for (int step = 0; machine.isRunning(); step++) {
        Action action = policy.actStochastic(observation);
        Instant time = Instant.now();
        float reward = machine.apply(action.values());
        float[] next = machine.observe();
        var transition =
            Transition.newBuilder()
                .setPolicyId(policy.info().policyId())
                .setPolicyRevision(action.revision())
                .setEpisodeId(episodeId)
                .setStep(step)
                .setEventTimeMicros(ChronoUnit.MICROS.between(Instant.EPOCH, time))
                .setReward(reward)
                .setTruncated(!machine.isRunning())
                .setBehaviourLogProbability((float) action.logProbability());
        for (int i = 0; i < next.length; i++) {
          transition.addObservation(observation[i]).addNextObservation(next[i]);
        }
        for (float value : action.values()) {
          transition.addAction(value);
        }
        log.accept(transition.build());
        observation = next;
      }
    }
  }
}
