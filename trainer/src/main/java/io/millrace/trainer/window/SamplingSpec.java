package io.millrace.trainer.window;

import java.util.OptionalDouble;

/**
 * How batches are drawn from the store: every row of every batch follows from this, the rows, the
 * seed and the number of the update.
 *
 * @param freshFraction 0 to 1: part of a batch that is drawn from the fresh rows
 * @param freshRows how many fresh rows are kept
 * @param history what the others are drawn from
 * @param historyRows how many of its rows are kept in memory
 * @param online what changes as on-policy rows come in
 * @param sampler of the part that is drawn from the history
 * @param normaliseObservations whether observations are scaled to mean 0 and deviation 1
 * @param rewardScale how rewards are scaled
 * @param returnDiscount γ of the returns-to-go; empty: they are not computed
 */
public record SamplingSpec(
    double freshFraction,
    int freshRows,
    History history,
    int historyRows,
    OnlineSpec online,
    SamplerSpec sampler,
    boolean normaliseObservations,
    RewardScale rewardScale,
    OptionalDouble returnDiscount) {

  /** What rows that are not fresh are drawn from, once the store has more than fit in memory. */
  public enum History {
    /** A uniform sample of the store, in memory. */
    SAMPLE,
    /** The whole store, read in blocks in random order. */
    SHUFFLED
  }

  /** How rewards are scaled. */
  public enum RewardScale {
    /** As logged. */
    NONE,
    /** Divided by their standard deviation, and not shifted: a shift would change the task. */
    STD
  }

  /** Uniform, as logged, without returns-to-go. */
  public static SamplingSpec uniform(
      double freshFraction, int freshRows, int historyRows, double onlineFactor) {
    return new SamplingSpec(
        freshFraction,
        freshRows,
        History.SAMPLE,
        historyRows,
        OnlineSpec.constant(onlineFactor),
        new SamplerSpec.Uniform(),
        false,
        RewardScale.NONE,
        OptionalDouble.empty());
  }

  /** The same with other changes as on-policy rows come in. */
  public SamplingSpec with(OnlineSpec other) {
    return new SamplingSpec(
        freshFraction,
        freshRows,
        history,
        historyRows,
        other,
        sampler,
        normaliseObservations,
        rewardScale,
        returnDiscount);
  }

  /** The same with another sampler. */
  public SamplingSpec with(SamplerSpec other) {
    return new SamplingSpec(
        freshFraction,
        freshRows,
        history,
        historyRows,
        online,
        other,
        normaliseObservations,
        rewardScale,
        returnDiscount);
  }

  /** The same with another history. */
  public SamplingSpec with(History other) {
    return new SamplingSpec(
        freshFraction,
        freshRows,
        other,
        historyRows,
        online,
        sampler,
        normaliseObservations,
        rewardScale,
        returnDiscount);
  }

  /** The same with rows scaled so. */
  public SamplingSpec normalised(boolean observations, RewardScale rewards) {
    return new SamplingSpec(
        freshFraction,
        freshRows,
        history,
        historyRows,
        online,
        sampler,
        observations,
        rewards,
        returnDiscount);
  }

  /** The same with returns-to-go of this discount. */
  public SamplingSpec withReturns(double discount) {
    return new SamplingSpec(
        freshFraction,
        freshRows,
        history,
        historyRows,
        online,
        sampler,
        normaliseObservations,
        rewardScale,
        OptionalDouble.of(discount));
  }

  boolean normalises() {
    return normaliseObservations || rewardScale != RewardScale.NONE;
  }
}
