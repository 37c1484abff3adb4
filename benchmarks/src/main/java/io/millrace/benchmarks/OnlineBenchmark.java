package io.millrace.benchmarks;

import ai.djl.engine.Engine;
import io.millrace.datasets.LoggedEpisodes;
import io.millrace.trainer.algorithm.CalQl;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.Sac;
import io.millrace.trainer.window.OnlineSpec;
import io.millrace.trainer.window.OnlineSpec.Fresh;
import io.millrace.trainer.window.OnlineSpec.Held;
import io.millrace.trainer.window.RateLimiter;
import io.millrace.trainer.window.SamplingSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * From a log to the plant: trains on logged Pendulum episodes, then lets the policy act and goes on
 * with what it logs. Mean return without noise by the number of rows that were logged online. An
 * episode is acted with one policy, as if it had been published before it, and its rows come in as
 * one manifest.
 *
 * <p>Setups: {@code sac}, from nothing and without the log; {@code rlpd}, with the log but no
 * training on it beforehand; {@code cql-sac} and {@code cal-ql}, trained on the log first. With
 * {@code -warm} behind it, a setup has a warm start.
 */
@Command(
    name = "online",
    description = "Returns by the number of rows logged online, after training on a log.")
final class OnlineBenchmark extends Benchmark {
  private static final String WARM = "-warm";
  // What is drawn from on-policy rows in a batch, once there are any.
  private static final double FRESH_FRACTION = 0.5;

  @Option(
      names = "--log",
      description = "An .npz file of logged episodes. Default: the one that comes with Millrace.")
  private Path log;

  @Option(
      names = "--setups",
      split = ",",
      defaultValue = "sac,rlpd,cql-sac,cal-ql",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> setups;

  @Option(
      names = "--offline-updates",
      defaultValue = "6000",
      description = "Updates on the log alone. Default: ${DEFAULT-VALUE}.")
  private long offlineUpdates;

  @Option(
      names = "--online-rows",
      defaultValue = "6000",
      description = "Rows logged online. Default: ${DEFAULT-VALUE}.")
  private long onlineRows;

  @Option(
      names = "--updates-per-row",
      defaultValue = "1",
      description = "Updates for each of them. Default: ${DEFAULT-VALUE}.")
  private double updatesPerRow;

  @Option(
      names = "--first-rows",
      defaultValue = "1000",
      description = "Rows before the first update, without a log. Default: ${DEFAULT-VALUE}.")
  private long firstRows;

  @Option(
      names = "--conservative-factor",
      defaultValue = "0",
      description = "Of fresh on-policy rows, in the end. Default: ${DEFAULT-VALUE}.")
  private double conservativeFactor;

  @Option(
      names = "--conservative-rows",
      defaultValue = "2000",
      description = "Rows over which it goes there from 1. Default: ${DEFAULT-VALUE}.")
  private long conservativeRows;

  @Option(
      names = "--warm-rows",
      defaultValue = "1000",
      description = "Rows of a warm start, of setups that have one. Default: ${DEFAULT-VALUE}.")
  private long warmRows;

  @Option(
      names = "--evaluation-rows",
      defaultValue = "400",
      description = "Rows between evaluations. Default: ${DEFAULT-VALUE}.")
  private long evaluationRows;

  @Mixin private SeededRuns runs = new SeededRuns(Path.of("benchmarks/results/online-store"));

  @Override
  Map<String, Object> measure() throws Exception {
    Engine.getEngine("PyTorch");
    var episodes = log == null ? LoggedEpisodes.pendulumReplay() : LoggedEpisodes.read(log);
    var found = new LinkedHashMap<String, Object>();
    found.put("log", log == null ? "pendulum_replay" : log.getFileName().toString());
    found.put("logRows", episodes.rows());
    found.put("offlineUpdates", offlineUpdates);
    found.put("updatesPerRow", updatesPerRow);
    found.put("conservativeFactor", conservativeFactor);
    found.put("conservativeRows", conservativeRows);
    found.put("warmRows", warmRows);
    found.put("seeds", runs.seeds());
    for (String setup : setups) {
      measure(setup, episodes, found);
    }
    return found;
  }

  private void measure(String setup, LoggedEpisodes episodes, Map<String, Object> found)
      throws Exception {
    SortedMap<Long, List<Double>> byRows = new TreeMap<>();
    for (int seed : runs.seeds()) {
      try (var run = open(setup, episodes, seed)) {
        int number = seed;
        run.train(
            onlineRows,
            evaluationRows,
            (rows, meanReturn) -> {
              byRows.computeIfAbsent(rows, key -> new ArrayList<>()).add(meanReturn);
              note("%s, seed %d, %d rows online: %.1f", setup, number, rows, meanReturn);
            });
      }
    }
    found.put(setup + ".byRows", curve(byRows));
    found.put(setup + ".lowest", lowest(byRows));
  }

  private static Map<String, Object> curve(SortedMap<Long, List<Double>> byRows) {
    var curve = new LinkedHashMap<String, Object>();
    byRows.forEach(
        (rows, returns) -> {
          var all = new Seeds(returns);
          var point = new LinkedHashMap<String, Object>();
          point.put("meanReturn", all.mean());
          point.put("standardError", all.standardError());
          point.put("returns", returns);
          curve.put(rows.toString(), point);
        });
    return curve;
  }

  /** Where returns were lowest beside those before the first online row, seed by seed. */
  private static Map<String, Object> lowest(SortedMap<Long, List<Double>> byRows) {
    var before = new Seeds(byRows.get(byRows.firstKey()));
    var point = new LinkedHashMap<String, Object>();
    double lowest = Double.POSITIVE_INFINITY;
    for (var entry : byRows.tailMap(byRows.firstKey() + 1).entrySet()) {
      var change = new Seeds(entry.getValue()).minus(before);
      if (change.mean() < lowest) {
        lowest = change.mean();
        point.put("rows", entry.getKey());
        point.put("change", change.mean());
        point.put("standardError", change.standardError());
      }
    }
    return point;
  }

  private OnlineRun open(String name, LoggedEpisodes episodes, long seed) throws Exception {
    boolean warm = name.endsWith(WARM);
    var setup = PendulumSetup.of(warm ? name.substring(0, name.length() - WARM.length()) : name);
    boolean fromLog = !setup.name().equals(Sac.NAME);
    boolean trainedOnLog = setup.name().equals(CqlSac.NAME) || setup.name().equals(CalQl.NAME);
    var online = OnlineSpec.constant(1).with(fromLog ? Fresh.ON_POLICY : Fresh.NEWEST);
    if (trainedOnLog) {
      online =
          new OnlineSpec(conservativeFactor, conservativeRows, 0, Held.POLICY, Fresh.ON_POLICY);
    }
    if (warm) {
      online = online.holding(Held.POLICY, warmRows);
    }
    int most = Math.toIntExact(episodes.rows() + onlineRows);
    int batchSize = PendulumSetup.BATCH_SIZE;
    var sampling =
        SamplingSpec.uniform(fromLog ? FRESH_FRACTION : 0, most, most, 1)
            .with(online)
            .withReturns(PendulumSetup.DISCOUNT);
    var limiter =
        new RateLimiter(
            fromLog ? episodes.rows() : firstRows,
            trainedOnLog ? offlineUpdates * batchSize : 0,
            updatesPerRow * batchSize,
            batchSize);
    var run = new OnlineRun(setup, sampling, limiter, seed, runs.threads(), runs.directory());
    if (fromLog) {
      run.append(episodes);
    }
    return run;
  }
}
