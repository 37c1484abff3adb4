package io.millrace.app.demo;

import io.millrace.app.terminal.Output;
import io.millrace.trainer.TrainerListener;

/** Tells what the trainer reports once in a while. */
record Narrator(Output output) implements TrainerListener {
  @Override
  public void publishFailed(long update, Exception cause) {
    output.note("update " + update + " could not be published: " + cause.getMessage());
  }
}
