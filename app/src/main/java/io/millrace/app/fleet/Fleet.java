package io.millrace.app.fleet;

import io.millrace.app.kafka.TransitionLog;
import io.millrace.client.Policy;
import io.millrace.client.PolicyClient;
import io.millrace.plants.Plant;
import io.millrace.schemas.v1.Transition;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Plants that act with the subscribed policy and log each step. An episode is played to its end
 * with the revision that it began with, so that its return belongs to one revision.
 */
public final class Fleet {
  private final Mode mode;
  private final PolicyClient client;
  private final TransitionLog log;
  private final RevisionReturns returns;
  private final List<Member> members = new ArrayList<>();
  private final SplittableRandom seeds;
  private volatile double stepsPerSecond;
  private final AtomicInteger begun = new AtomicInteger();

  /** How actions are chosen. */
  public enum Mode {
    /** Drawn from the policy, and logged with their log-probability. */
    STOCHASTIC,
    /** The policy's most likely action; it has no density to log. */
    DETERMINISTIC
  }

  /**
   * A fleet that does nothing until {@link #run}.
   *
   * @param plant makes one plant
   * @param size how many plants
   * @param stepsPerSecond of each plant, 0 for as fast as they go
   * @param seed of the episodes' ids, initial states and actions
   */
  public Fleet(
      Supplier<Plant> plant,
      int size,
      double stepsPerSecond,
      Mode mode,
      long seed,
      PolicyClient client,
      TransitionLog log,
      RevisionReturns returns) {
    this.mode = mode;
    this.client = client;
    this.log = log;
    this.returns = returns;
    this.stepsPerSecond = stepsPerSecond;
    this.seeds = new SplittableRandom(seed);
    for (int i = 0; i < size; i++) {
      members.add(new Member(plant.get()));
    }
  }

  /**
   * Steps all plants in turn, until none may begin an episode and all that were begun have ended.
   *
   * @param mayBegin asked before each episode
   * @throws io.millrace.client.NoPolicyException if the client has no policy yet
   * @throws io.millrace.app.kafka.KafkaFailure if steps cannot be logged
   */
  public void run(BooleanSupplier mayBegin) {
    long nextNanos = System.nanoTime();
    try {
      while (tick(mayBegin)) {
        double rate = stepsPerSecond;
        nextNanos += rate > 0 ? (long) (TimeUnit.SECONDS.toNanos(1) / rate) : 0;
        long now = System.nanoTime();
        if (rate == 0 || nextNanos < now) {
          // Steps that the machine had no time for are left out, not made up for.
          nextNanos = now;
        } else {
          LockSupport.parkNanos(nextNanos - now);
        }
      }
    } finally {
      members.forEach(Member::release);
    }
  }

  /** From now on plants step as fast as they go. */
  public void hurry() {
    stepsPerSecond = 0;
  }

  /** Episodes begun so far. */
  public int begun() {
    return begun.get();
  }

  /** Episodes of a revision that have ended or will, since they have begun. */
  public synchronized int episodes(long revision) {
    int running = 0;
    for (Member member : members) {
      running += member.policy != null && member.policy.info().revision() == revision ? 1 : 0;
    }
    return running + returns.episodes(revision);
  }

  /** One step of each plant; false if none is in an episode. */
  private synchronized boolean tick(BooleanSupplier mayBegin) {
    boolean running = false;
    for (Member member : members) {
      if (member.policy == null && mayBegin.getAsBoolean()) {
        member.begin();
      }
      if (member.policy != null) {
        member.step();
        running = true;
      }
    }
    return running;
  }

  /** One plant and its episode, if it is in one. */
  private final class Member {
    private final Plant plant;
    private Policy policy;
    private SplittableRandom noise;
    private long episodeId;
    private float[] observation;
    private int step;
    private double episodeReturn;

    Member(Plant plant) {
      this.plant = plant;
    }

    void begin() {
      policy = client.lease();
      noise = seeds.split();
      episodeId = seeds.nextLong();
      observation = plant.reset(seeds.nextLong());
      step = 0;
      episodeReturn = 0;
      begun.incrementAndGet();
    }

    void step() {
      var action =
          mode == Mode.STOCHASTIC
              ? policy.actStochastic(observation, noise)
              : policy.act(observation);
      var outcome = plant.step(action.values());
      var transition =
          Transition.newBuilder()
              .setPolicyId(policy.info().policyId())
              .setPolicyRevision(policy.info().revision())
              .setEpisodeId(episodeId)
              .setStep(step)
              .setEventTimeMicros(TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()))
              .setReward(outcome.reward())
              .setTerminated(outcome.terminated())
              .setTruncated(outcome.truncated());
      addAll(observation, transition::addObservation);
      addAll(action.values(), transition::addAction);
      addAll(outcome.observation(), transition::addNextObservation);
      if (!Double.isNaN(action.logProbability())) {
        transition.setBehaviourLogProbability((float) action.logProbability());
      }
      log.log(transition.build());
      observation = outcome.observation();
      step++;
      episodeReturn += outcome.reward();
      if (outcome.last()) {
        returns.add(policy.info().revision(), episodeReturn);
        release();
      }
    }

    void release() {
      if (policy != null) {
        policy.close();
        policy = null;
      }
    }
  }

  /** Where a number of a message's list goes. */
  @FunctionalInterface
  private interface FloatSink {
    Transition.Builder add(float value);
  }

  @SuppressWarnings("CheckReturnValue") // the builder returns itself
  private static void addAll(float[] values, FloatSink sink) {
    for (float value : values) {
      sink.add(value);
    }
  }
}
