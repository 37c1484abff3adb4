package io.millrace.trainer.algorithm;

import java.util.Arrays;
import java.util.List;

/**
 * A policy over discrete actions: the one of the highest value, by the mean of some networks whose
 * outputs are the values of all actions; where it explores, in ε of the cases any action.
 *
 * @param observationSize inputs of each network
 * @param discreteActions outputs of each network
 * @param networks at least one
 * @param epsilon ε, 0 to 1
 */
public record GreedyPolicy(
    int observationSize, int discreteActions, List<ValueNetwork> networks, double epsilon)
    implements Policy {
  public GreedyPolicy {
    networks = List.copyOf(networks);
  }

  /**
   * The action of the highest value, the first of equal ones, in double precision.
   *
   * @param observation [observation size], scaled as the networks have learned it
   * @return its index
   */
  public int act(float[] observation) {
    double[] values = values(observation);
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /**
   * The value of each action, in double precision.
   *
   * @param observation [observation size], scaled as the networks have learned it
   */
  public double[] values(float[] observation) {
    var values = new double[discreteActions];
    for (ValueNetwork network : networks) {
      double[] of = network.values(observation);
      for (int i = 0; i < values.length; i++) {
        values[i] += of[i] / networks.size();
      }
    }
    return values;
  }

  /**
   * A network with ReLU between its layers.
   *
   * @param layers first to last
   * @param norms before the ReLU of each hidden layer; none, or one for each
   */
  public record ValueNetwork(List<PolicyNetwork.Layer> layers, List<Norm> norms) {
    public ValueNetwork {
      layers = List.copyOf(layers);
      norms = List.copyOf(norms);
    }

    /** The value of each action. */
    private double[] values(float[] observation) {
      var x = new double[observation.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = observation[i];
      }
      for (int k = 0; k < layers.size(); k++) {
        x = product(layers.get(k), x);
        if (k < layers.size() - 1) {
          x = norms.isEmpty() ? x : norms.get(k).of(x);
          for (int i = 0; i < x.length; i++) {
            x[i] = Math.max(0, x[i]);
          }
        }
      }
      return x;
    }

    private static double[] product(PolicyNetwork.Layer layer, double[] x) {
      var y = new double[layer.outputs()];
      for (int i = 0; i < y.length; i++) {
        y[i] = layer.biases()[i];
        for (int j = 0; j < x.length; j++) {
          y[i] += layer.weights()[i * x.length + j] * x[j];
        }
      }
      return y;
    }
  }

  /**
   * A LayerNorm: {@code (x - mean) / √(variance + }{@link #EPSILON}{@code ) · gain + offset} over
   * the units of a layer.
   *
   * @param gain [units]
   * @param offset [units]
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier for the export; never compared
  public record Norm(float[] gain, float[] offset) {
    /** As PyTorch's layer_norm has it. */
    public static final float EPSILON = 1e-5f;

    private double[] of(double[] x) {
      double mean = Arrays.stream(x).average().orElse(0);
      double variance =
          Arrays.stream(x).map(unit -> (unit - mean) * (unit - mean)).average().orElse(0);
      var y = new double[x.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = (x[i] - mean) / Math.sqrt(variance + EPSILON) * gain[i] + offset[i];
      }
      return y;
    }
  }
}
