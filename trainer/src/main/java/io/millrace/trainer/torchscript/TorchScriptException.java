package io.millrace.trainer.torchscript;

/** A TorchScript source that libtorch refuses, or a call of its methods that failed. */
public final class TorchScriptException extends RuntimeException {
  public TorchScriptException(String message, Throwable cause) {
    super(message, cause);
  }
}
