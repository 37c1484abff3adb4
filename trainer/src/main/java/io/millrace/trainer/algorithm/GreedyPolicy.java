package io.millrace.trainer.algorithm;

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
  }
}
