package io.millrace.app.command;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What went wrong, in one sentence. */
final class Failures {
  private Failures() {}

  static String sentence(Throwable failure) {
    Throwable cause = unwrapped(failure);
    if (cause instanceof FileSystemException e) {
      return e.getFile() + ": " + reason(e);
    }
    String message = cause.getMessage();
    if (message == null || message.isBlank()) {
      return "unexpected " + cause.getClass().getSimpleName();
    }
    if (cause instanceof RuntimeException && isBug(cause)) {
      return "unexpected " + cause.getClass().getSimpleName() + ": " + message;
    }
    return message;
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof ExecutionException
            || cause instanceof CompletionException
            || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String reason(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or directory";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof FileAlreadyExistsException) {
      return "exists already";
    } else if (e instanceof NotDirectoryException) {
      return "not a directory";
    }
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
  }

  private static boolean isBug(Throwable cause) {
    return cause instanceof NullPointerException
        || cause instanceof ClassCastException
        || cause instanceof IndexOutOfBoundsException
        || cause instanceof ArithmeticException;
  }
}
