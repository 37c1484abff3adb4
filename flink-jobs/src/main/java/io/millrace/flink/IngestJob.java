package io.millrace.flink;

import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestException;
import io.millrace.flink.config.IngestOptions;
import io.millrace.flink.deadletter.DeadLetterSink;
import io.millrace.flink.sink.StoreSink;
import io.millrace.flink.source.RawRecordSerializer;
import io.millrace.flink.source.RequiredTopics;
import io.millrace.flink.source.TransitionsSource;
import io.millrace.flink.validate.ValidateFunction;
import io.millrace.flink.validate.ValidatedRecord;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;

/** The ingest job: from the transitions topic into the replay store and the dead letters. */
public final class IngestJob {
  // Only finished batches cross from one task to another, a few a checkpoint.
  private static final MemorySize LOCAL_NETWORK_MEMORY = MemorySize.ofMebiBytes(16);

  private static final Duration FIRST_RESTART_DELAY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RESTART_DELAY = Duration.ofSeconds(30);
  private static final Duration RESTARTS_FORGOTTEN_AFTER = Duration.ofMinutes(10);

  private static final long STOP_RETRY_MILLIS = 100;

  private IngestJob() {}

  /** The entry point on a Flink cluster: {@code flink run millrace-ingest.jar --config FILE}. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      throw new IllegalArgumentException(
          "expected --config FILE, got " + String.join(" ", arguments));
    }
    var config =
        IngestOptions.config(
            Settings.load(
                Path.of(arguments[1]), List.of(StreamOptions.GROUP, IngestOptions.GROUP)));
    RequiredTopics.check(config, DeadLetterSink.largestLetterBytes(config));
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    addTo(environment, config);
    environment.execute(name(config));
  }

  /** A Flink in this JVM, set up for this job and nothing else. */
  public static StreamExecutionEnvironment localEnvironment(IngestConfig config) {
    var flink = new Configuration();
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, LOCAL_NETWORK_MEMORY);
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, LOCAL_NETWORK_MEMORY);
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
    return StreamExecutionEnvironment.createLocalEnvironment(config.parallelism(), flink);
  }

  /**
   * Sets what the job needs of its environment (checkpoints, restarts, serialization) and adds its
   * operators.
   */
  public static void addTo(StreamExecutionEnvironment environment, IngestConfig config) {
    environment.configure(configuration(config), IngestJob.class.getClassLoader());
    environment.setParallelism(config.parallelism());
    var validated =
        environment
            .fromSource(
                TransitionsSource.of(config),
                WatermarkStrategy.noWatermarks(),
                "transitions",
                RawRecordSerializer.type())
            .uid("transitions")
            .process(new ValidateFunction(config), ValidatedRecord.type())
            .name("validate")
            .uid("validate");
    validated
        .sinkTo(new StoreSink(config, UUID.randomUUID().toString()))
        .name("store")
        .uid("store");
    validated
        .getSideOutput(ValidateFunction.REFUSED)
        .sinkTo(DeadLetterSink.of(config))
        .name("dead letters")
        .uid("dead-letters");
  }

  /**
   * Checks that the topics are there, and starts the job.
   *
   * @throws IngestException with one sentence, if a topic is missing or Kafka does not answer
   */
  public static JobClient executeAsync(StreamExecutionEnvironment environment, IngestConfig config)
      throws Exception {
    RequiredTopics.check(config, DeadLetterSink.largestLetterBytes(config));
    addTo(environment, config);
    return environment.executeAsync(name(config));
  }

  /**
   * Stops a job with everything that it has read committed; waits for one that is still starting.
   *
   * @param savepoints directory for the savepoint that this takes
   * @return where the savepoint is
   * @throws IngestException if the job does not stop in time, or has failed
   */
  public static URI stop(JobClient job, URI savepoints, Duration timeout)
      throws IngestException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      long left = Math.max(0, deadline - System.nanoTime());
      try {
        return URI.create(
            job.stopWithSavepoint(false, savepoints.toString(), SavepointFormatType.CANONICAL)
                .get(left, TimeUnit.NANOSECONDS));
      } catch (ExecutionException e) {
        if (!isStillStarting(e) || System.nanoTime() >= deadline) {
          throw new IngestException(
              "the ingest job did not stop: " + rootCause(e).getMessage(), e.getCause());
        }
        TimeUnit.MILLISECONDS.sleep(STOP_RETRY_MILLIS);
      } catch (TimeoutException e) {
        throw new IngestException(
            "the ingest job did not stop within " + timeout.toSeconds() + " seconds", e);
      }
    }
  }

  private static boolean isStillStarting(ExecutionException failure) {
    return ExceptionUtils.findThrowable(failure, CheckpointException.class)
        .map(CheckpointException::getCheckpointFailureReason)
        .filter(CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING::equals)
        .isPresent();
  }

  private static Configuration configuration(IngestConfig config) {
    var flink = new Configuration();
    flink.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    // Nobody holds on to a row: each is copied into a column before the next one is read.
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    // Keeps Kryo out: a type without a serializer of its own is an error when the job is built.
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ZERO);
    // State is offsets and the names of segments; and the other backend's RocksDB is not ours.
    flink.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, config.checkpointInterval());
    flink.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, config.checkpointTimeout());
    flink.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    // All that is ever between two tasks is the finished batches, and these must not overtake.
    flink.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
    flink.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, Math.max(1, config.restartAttempts()));
    config
        .checkpointPath()
        .ifPresent(
            path -> {
              flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
              flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, path.toString());
              flink.set(
                  CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                  ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
            });
    restarts(config, flink);
    return flink;
  }

  private static void restarts(IngestConfig config, Configuration flink) {
    if (config.restartAttempts() == 0) {
      flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
      return;
    }
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        FIRST_RESTART_DELAY);
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
        LONGEST_RESTART_DELAY);
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
        RESTARTS_FORGOTTEN_AFTER);
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS,
        config.restartAttempts());
  }

  private static String name(IngestConfig config) {
    return "millrace ingest " + config.spec().stream();
  }

  private static Throwable rootCause(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
