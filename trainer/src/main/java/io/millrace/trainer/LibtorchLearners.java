package io.millrace.trainer;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;

/** Learners on libtorch, with the settings that libtorch keeps for each thread. */
final class LibtorchLearners implements LearnerFactory {
  private static final String ENGINE = "PyTorch";

  @Override
  public Learner create(LearnerSpec spec, int threads) {
    Engine.getEngine(ENGINE);
    JniUtils.setGradMode(true);
    return Learner.create(spec, threads);
  }
}
