package io.millrace.trainer.algorithm;

/** Soft actor-critic without more (Haarnoja et al. 2018, arXiv 1812.05905). */
public record Sac(SoftActorCritic base) implements Algorithm {
  public static final String NAME = "sac";

  @Override
  public String name() {
    return NAME;
  }
}
