package io.millrace.trainer;

import io.millrace.trainer.algorithm.Learner;
import io.millrace.trainer.algorithm.LearnerSpec;

/** Makes learners. */
@FunctionalInterface
interface LearnerFactory {
  /**
   * A learner at update 0. Called on the thread that will run its updates.
   *
   * @param threads of an update on a CPU
   */
  Learner create(LearnerSpec spec, int threads);
}
