package io.millrace.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.flink.IngestJob;
import io.millrace.flink.config.IngestConfig;
import io.millrace.flink.config.IngestOptions;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.StreamSpec;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.Transition;
import io.millrace.store.ManifestLog;
import io.millrace.store.StoreLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast the ingest job moves a topic that is full already into a new store, beside the limit: a
 * plain consumer that reads the same topic and drops it. Broker, Flink and store share this
 * machine.
 *
 * <p>The rate of the job is that between its first commit and its last, so that starting Flink does
 * not count; the consumer's is that between its first records and its last. How long the whole job
 * took is there too, and how much processor time a row cost in this process, broker included, which
 * is what stays comparable when others use the machine.
 */
@Command(
    name = "ingest",
    description = "Rows a second from a topic into the store, beside a plain consumer.")
final class IngestBenchmark extends Benchmark {
  private static final int STEPS_PER_EPISODE = 1000;
  private static final int PRODUCER_BATCH_BYTES = 1 << 20;
  private static final long EPOCH_MICROS = 1_767_225_600_000_000L;

  @Option(names = "--rows", defaultValue = "4000000", description = "Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Mixin private RowSizes rowSizes;

  @Option(names = "--partitions", defaultValue = "4", description = "Default: ${DEFAULT-VALUE}.")
  private int partitions;

  @Option(
      names = "--parallelism",
      defaultValue = "1",
      description = "Subtasks of the job. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--checkpoint-interval",
      defaultValue = "1 s",
      description = "Default: ${DEFAULT-VALUE}.")
  private String checkpointInterval;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "How often each is measured. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--directory",
      defaultValue = "benchmarks/results/ingest",
      description = "Of broker and stores, deleted afterwards. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  /** One reading of the topic. */
  private record Run(double rowsPerSecond, double wholeSeconds, double cpuMicrosPerRow) {}

  @Override
  Map<String, Object> measure() throws Exception {
    try (var scratch = new ScratchDirectory(directory);
        var broker = EmbeddedBroker.start(scratch.path().resolve("kafka"), 0)) {
      var spec = rowSizes.stream();
      broker.createTopics(
          new NewTopic(KafkaNames.transitions(spec.stream()), partitions, (short) 1),
          new NewTopic(KafkaNames.deadLetters(spec.stream()), 1, (short) 1));
      return measure(broker.bootstrapServers(), spec);
    }
  }

  private Map<String, Object> measure(String bootstrapServers, StreamSpec spec) throws Exception {
    note("producing %,d rows", rows);
    long valueBytes = produce(bootstrapServers, spec);
    List<Run> jobs = new ArrayList<>();
    List<Run> consumers = new ArrayList<>();
    note("reading them %d times each way", rounds);
    for (int round = -1; round < rounds; round++) {
      var consumer = consume(bootstrapServers, spec);
      try (var store = new ScratchDirectory(directory.resolve("store-" + round))) {
        var job = ingest(bootstrapServers, spec, store.path());
        if (round >= 0) { // the first is to warm up
          consumers.add(consumer);
          jobs.add(job);
        }
      }
    }
    double jobRate = median(jobs, Run::rowsPerSecond);
    double consumerRate = median(consumers, Run::rowsPerSecond);
    var found = new LinkedHashMap<String, Object>();
    found.put("rows", rows);
    found.put("floatsPerRow", 2 * rowSizes.observationSize() + rowSizes.actionSize() + 2);
    found.put("valueBytesPerRow", valueBytes / (double) rows);
    found.put("partitions", partitions);
    found.put("parallelism", parallelism);
    found.put("checkpointInterval", checkpointInterval);
    found.put("rowsPerSecond", jobRate);
    found.put("consumerRowsPerSecond", consumerRate);
    found.put("ratio", jobRate / consumerRate);
    found.put("wholeJobRowsPerSecond", rows / median(jobs, Run::wholeSeconds));
    found.put("cpuMicrosPerRow", median(jobs, Run::cpuMicrosPerRow));
    found.put("consumerCpuMicrosPerRow", median(consumers, Run::cpuMicrosPerRow));
    return found;
  }

  private static double median(List<Run> runs, ToDoubleFunction<Run> value) {
    return AlternatingRuns.median(runs.stream().mapToDouble(value).toArray());
  }

  private Run ingest(String bootstrapServers, StreamSpec spec, Path store) throws Exception {
    var config = config(bootstrapServers, spec, store);
    long cpu = cpuNanos();
    long start = System.nanoTime();
    IngestJob.executeAsync(IngestJob.localEnvironment(config), config)
        .getJobExecutionResult()
        .get();
    double seconds = (System.nanoTime() - start) / 1e9;
    double cpuMicros = (cpuNanos() - cpu) / 1e3;
    var manifests = ManifestLog.open(new StoreLayout(store)).after(0);
    var first = manifests.get(0);
    var last = manifests.get(manifests.size() - 1);
    if (last.getTotalRows() != rows) {
      throw new IllegalStateException(
          "produced " + rows + " rows, and the store has " + last.getTotalRows());
    }
    return new Run(rowsPerSecond(first, last), seconds, cpuMicros / rows);
  }

  private static double rowsPerSecond(StoreManifest first, StoreManifest last) {
    if (first.getSequence() == last.getSequence()) {
      throw new IllegalStateException(
          "all rows came with one commit: expected more --rows or a shorter --checkpoint-interval");
    }
    return (last.getTotalRows() - first.getTotalRows())
        * 1e6
        / (last.getCreatedTimeMicros() - first.getCreatedTimeMicros());
  }

  private Run consume(String bootstrapServers, StreamSpec spec) {
    var topic = KafkaNames.transitions(spec.stream());
    var all =
        IntStream.range(0, partitions).mapToObj(each -> new TopicPartition(topic, each)).toList();
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers);
    // As the job reads.
    properties.put("isolation.level", "read_committed");
    properties.put("fetch.max.bytes", 32 << 20);
    properties.put("max.partition.fetch.bytes", 4 << 20);
    properties.put("max.poll.records", 8_192);
    properties.put("receive.buffer.bytes", 1 << 20);
    long cpu = cpuNanos();
    long start = System.nanoTime();
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(all);
      consumer.seekToBeginning(all);
      int first = 0;
      while (first == 0) {
        first = consumer.poll(Duration.ofSeconds(10)).count();
      }
      long firstNanos = System.nanoTime();
      int read = first;
      while (read < rows) {
        read += consumer.poll(Duration.ofSeconds(10)).count();
      }
      long end = System.nanoTime();
      return new Run(
          (read - first) * 1e9 / (end - firstNanos),
          (end - start) / 1e9,
          (cpuNanos() - cpu) / 1e3 / rows);
    }
  }

  private IngestConfig config(String bootstrapServers, StreamSpec spec, Path store) {
    var yaml =
        """
        stream:
          name: %s
          observation-size: %d
          action-low: %s
          action-high: %s
        kafka:
          bootstrap-servers: %s
        store:
          path: %s
        ingest:
          parallelism: %d
          checkpoint-interval: %s
          bounded: true
          restart-attempts: 0
        """
            .formatted(
                spec.stream(),
                spec.observationSize(),
                Arrays.toString(spec.actionLow()),
                Arrays.toString(spec.actionHigh()),
                bootstrapServers,
                store,
                parallelism,
                checkpointInterval);
    return IngestOptions.config(
        Settings.parse("benchmark", yaml, List.of(StreamOptions.GROUP, IngestOptions.GROUP)));
  }

  /** Fills the topic; returns how many bytes the values have. */
  private long produce(String bootstrapServers, StreamSpec spec) throws Exception {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers);
    properties.put("batch.size", PRODUCER_BATCH_BYTES);
    properties.put("linger.ms", 20);
    var topic = KafkaNames.transitions(spec.stream());
    var failure = new AtomicReference<Exception>();
    long bytes = 0;
    try (var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      var episode = new Episode(spec);
      for (int row = 0; row < rows; row++) {
        byte[] value = episode.step(row);
        bytes += value.length;
        var unused =
            producer.send(
                new ProducerRecord<>(topic, row / STEPS_PER_EPISODE % partitions, null, value),
                (metadata, e) -> {
                  if (e != null) {
                    failure.compareAndSet(null, e);
                  }
                });
      }
    }
    if (failure.get() != null) {
      throw failure.get();
    }
    return bytes;
  }

  /** A random walk: a next observation is the next row's observation, as in a log. */
  private static final class Episode {
    private final SplittableRandom random = new SplittableRandom(1);
    private final StreamSpec spec;
    private List<Float> observation;

    Episode(StreamSpec spec) {
      this.spec = spec;
      observation = Collections.nCopies(spec.observationSize(), 0f);
    }

    byte[] step(int row) {
      List<Float> next = new ArrayList<>(observation.size());
      for (float number : observation) {
        next.add(.99f * number + (float) random.nextDouble(-.05, .05));
      }
      var transition =
          Transition.newBuilder()
              .setPolicyId("benchmark")
              .setPolicyRevision(1)
              .setEpisodeId(row / STEPS_PER_EPISODE)
              .setStep(row % STEPS_PER_EPISODE)
              .setEventTimeMicros(EPOCH_MICROS + row)
              .addAllObservation(observation)
              .addAllNextObservation(next)
              .setReward((float) random.nextDouble(-1, 1))
              .setTruncated(row % STEPS_PER_EPISODE == STEPS_PER_EPISODE - 1)
              .setBehaviourLogProbability((float) random.nextDouble(-5, 1));
      for (int i = 0; i < spec.actionSize(); i++) {
        transition.addAction((float) random.nextDouble(-1, 1));
      }
      observation = next;
      return transition.build().toByteArray();
    }
  }

  /** Processor time of this process, which is that of broker, Flink and store. */
  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }
}
