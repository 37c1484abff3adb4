package io.millrace.app.ingest;

import io.millrace.flink.IngestJob;
import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ingest job in a Flink of this JVM. */
public final class EmbeddedIngest implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedIngest.class);
  private static final Duration STOP_TIMEOUT = Duration.ofMinutes(1);

  private final JobClient job;
  private final CompletableFuture<JobExecutionResult> result;

  private EmbeddedIngest(JobClient job) {
    this.job = job;
    result = job.getJobExecutionResult();
  }

  /**
   * Starts a Flink and the job in it.
   *
   * @throws IngestException with one sentence, if a topic is missing or Kafka does not answer
   */
  public static EmbeddedIngest start(IngestConfig config) throws Exception {
    return new EmbeddedIngest(IngestJob.executeAsync(IngestJob.localEnvironment(config), config));
  }

  /**
   * Whether the job goes on; false once it has reached the end of a bounded topic.
   *
   * @throws IngestException if it failed
   */
  public boolean isRunning() throws IngestException, InterruptedException {
    // Not its status, which nobody knows any more once the Flink of a bounded job has ended itself.
    if (!result.isDone()) {
      return true;
    }
    try {
      result.get();
      return false;
    } catch (ExecutionException e) {
      throw new IngestException("the ingest job failed: " + rootCause(e).getMessage(), e);
    }
  }

  /**
   * Stops the job with everything that it has read committed.
   *
   * @throws IngestException if it does not stop in time, or has failed
   */
  public void stop() throws IOException, InterruptedException {
    // The store says where a next job goes on; the savepoint is of no further use.
    var savepoints = Files.createTempDirectory("millrace-savepoint");
    try {
      IngestJob.stop(job, savepoints.toUri(), STOP_TIMEOUT);
    } finally {
      delete(savepoints);
    }
  }

  /** Ends the job as it is, if it still runs; what is not committed is read again by the next. */
  @Override
  public void close() {
    try {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        job.cancel().get(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      // A Flink that has gone already is what was wanted.
      LOG.debug("the ingest job is not there to be cancelled", e);
    }
  }

  private static Throwable rootCause(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static void delete(Path directory) throws IOException {
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
