package io.millrace.flink;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The ingest job: from the transitions topic into the replay store and the dead letters. */
@SuppressWarnings("DoNotCallSuggester") // the bodies follow
public final class IngestJob {
  private IngestJob() {}

  /** The entry point on a Flink cluster: {@code flink run millrace-ingest.jar --config FILE}. */
  public static void main(String[] arguments) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** A Flink in this JVM, set up for this job and nothing else. */
  public static StreamExecutionEnvironment localEnvironment(IngestConfig config) {
    throw new UnsupportedOperationException();
  }

  /**
   * Sets what the job needs of its environment (checkpoints, restarts, serialization) and adds its
   * operators.
   */
  public static void addTo(StreamExecutionEnvironment environment, IngestConfig config) {
    throw new UnsupportedOperationException();
  }

  /**
   * Checks that the topics are there, and starts the job.
   *
   * @throws IngestException with one sentence, if a topic is missing or Kafka does not answer
   */
  public static JobClient executeAsync(StreamExecutionEnvironment environment, IngestConfig config)
      throws Exception {
    throw new UnsupportedOperationException();
  }

  /**
   * Stops a job with everything that it has read committed.
   *
   * @param savepoints directory for the savepoint that this takes
   * @throws IOException if it does not end in time
   */
  public static void stop(JobClient job, URI savepoints, Duration timeout)
      throws IOException, InterruptedException {
    throw new UnsupportedOperationException();
  }
}
