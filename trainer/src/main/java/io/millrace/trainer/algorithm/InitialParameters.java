package io.millrace.trainer.algorithm;

import java.util.Random;

/** Draws the parameters before the first update, each network after the one before. */
final class InitialParameters {
  private final NetworkSpec networks;
  private final Random random;

  InitialParameters(LearnerSpec spec) {
    networks = spec.networks();
    random = new Random(spec.seed());
  }

  /** All critics, one after the other. */
  float[] critics() {
    MlpLayout layout = networks.criticLayout();
    var critics = new float[Math.multiplyExact(networks.critics(), layout.length())];
    for (int i = 0; i < networks.critics(); i++) {
      layout.initialize(critics, i * layout.length(), random);
    }
    return critics;
  }

  /** One network. */
  float[] network(MlpLayout layout) {
    var parameters = new float[layout.length()];
    layout.initialize(parameters, 0, random);
    return parameters;
  }
}
