package io.millrace.client;

import ai.onnxruntime.OrtException;
import io.millrace.schemas.StreamSpec;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * One verified revision in memory, counted by those who hold it. Whoever loads it holds it first;
 * the graph is closed when the last holder lets go, so that a request never meets a closed one.
 */
final class LoadedPolicy {
  private final PolicyInfo info;
  private final int observationSize;
  private final OnnxPolicy graph;
  private final ActionDistribution distribution;
  private final Runnable onClosed;
  private final AtomicInteger holders = new AtomicInteger(1);

  LoadedPolicy(PolicyInfo info, StreamSpec spec, OnnxPolicy graph, Runnable onClosed) {
    this.info = info;
    this.observationSize = spec.observationSize();
    this.graph = graph;
    this.distribution = ActionDistribution.of(spec);
    this.onClosed = onClosed;
  }

  PolicyInfo info() {
    return info;
  }

  /** Becomes a holder, unless the last one has let go already. */
  boolean retain() {
    return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /** Lets go; once per {@link #retain} that returned true, and once by whoever loaded it. */
  void release() {
    int left = holders.decrementAndGet();
    if (left == 0) {
      graph.close();
      onClosed.run();
    } else if (left < 0) {
      throw new IllegalStateException("revision " + info.revision() + " was released too often");
    }
  }

  /** The observation, if it is one. */
  float[] single(float[] observation) {
    if (observation.length != observationSize) {
      throw new IllegalArgumentException(
          "observation: expected " + observationSize + " numbers, got " + observation.length);
    }
    return observation;
  }

  /** The actions without noise; the caller holds this. */
  ActionBatch act(float[] observations) {
    int rows = rows(observations);
    float[] actions;
    try {
      actions = graph.actions(observations);
    } catch (OrtException e) {
      throw failure("cannot be run: " + e.getMessage(), e);
    }
    for (int i = 0; i < actions.length; i++) {
      actions[i] =
          distribution.bounded(
              i % distribution.actionSize(),
              finite("action", distribution.actionSize(), i, actions[i]));
    }
    var logProbabilities = new double[rows];
    Arrays.fill(logProbabilities, distribution.modeLogProbability());
    return batch(actions, logProbabilities);
  }

  /** Actions drawn from the policy; the caller holds this. */
  ActionBatch actStochastic(float[] observations, RandomGenerator random) {
    var actions = new float[rows(observations) * distribution.actionSize()];
    var logProbabilities = new double[rows(observations)];
    List<FloatBuffer> computed;
    try {
      computed = graph.distribution(observations);
    } catch (OrtException e) {
      throw failure("cannot be run: " + e.getMessage(), e);
    }
    for (int k = 0; k < computed.size(); k++) {
      var output = distribution.outputs().get(k);
      for (int i = 0; i < logProbabilities.length * output.size(); i++) {
        finite(output.name(), output.size(), i, computed.get(k).get(i));
      }
    }
    for (int row = 0; row < logProbabilities.length; row++) {
      logProbabilities[row] = distribution.sample(computed, row, random, actions);
    }
    return batch(actions, logProbabilities);
  }

  private ActionBatch batch(float[] actions, double[] logProbabilities) {
    return new ActionBatch(
        actions, logProbabilities, info.revision(), distribution instanceof Categorical);
  }

  /** Whole rows of finite numbers, at least one. */
  private int rows(float[] observations) {
    if (observations.length == 0 || observations.length % observationSize != 0) {
      throw new IllegalArgumentException(
          "observations: expected rows of "
              + observationSize
              + " numbers, got "
              + observations.length);
    }
    for (int i = 0; i < observations.length; i++) {
      if (!Float.isFinite(observations[i])) {
        throw new IllegalArgumentException(
            "observation["
                + i % observationSize
                + "] of row "
                + i / observationSize
                + ": expected a finite number, got "
                + observations[i]);
      }
    }
    return observations.length / observationSize;
  }

  private float finite(String output, int size, int index, float value) {
    if (Float.isFinite(value)) {
      return value;
    }
    int dimension = index % size;
    int row = index / size;
    throw failure(
        "computed " + output + "[" + dimension + "] = " + value + " for row " + row, null);
  }

  private PolicyFailureException failure(String what, Throwable cause) {
    return new PolicyFailureException(
        "policy '" + info.policyId() + "', revision " + info.revision() + ": " + what, cause);
  }
}
