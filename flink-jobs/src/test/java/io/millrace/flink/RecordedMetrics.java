package io.millrace.flink;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Flink's metrics of this JVM, summed over subtasks by the end of their names. */
public final class RecordedMetrics implements MetricReporter {
  private static final Map<Metric, String> LIVE = new ConcurrentHashMap<>();
  private static final Map<String, Long> FINISHED = new ConcurrentHashMap<>();

  /** Forgets everything. */
  public static void clear() {
    LIVE.clear();
    FINISHED.clear();
  }

  /** Sum of all counters and gauges whose name ends so, those of finished tasks included. */
  public static long sum(String suffix) {
    return FINISHED.entrySet().stream()
            .filter(entry -> entry.getKey().endsWith(suffix))
            .mapToLong(Map.Entry::getValue)
            .sum()
        + LIVE.entrySet().stream()
            .filter(entry -> entry.getValue().endsWith(suffix))
            .mapToLong(entry -> value(entry.getKey()))
            .sum();
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    LIVE.put(metric, group.getMetricIdentifier(name));
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    var identifier = LIVE.remove(metric);
    if (identifier != null) {
      FINISHED.merge(identifier, value(metric), Long::sum);
    }
  }

  private static long value(Metric metric) {
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    return metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number
        ? number.longValue()
        : 0;
  }

  /** Flink makes the reporter by the name of this class. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new RecordedMetrics();
    }
  }
}
