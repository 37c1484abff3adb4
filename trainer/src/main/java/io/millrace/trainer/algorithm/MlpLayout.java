package io.millrace.trainer.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Where a fully connected network's layers lie in a flat parameter array: for each layer the
 * weights, row-major {@code [outputs, inputs]}, then the biases {@code [outputs]}; with a norm,
 * then for each hidden layer the LayerNorm's gain and its offset, {@code [outputs]} each.
 *
 * @param sizes inputs, units of each hidden layer, outputs
 */
record MlpLayout(List<Integer> sizes, boolean norm) {

  static MlpLayout of(int inputs, List<Integer> hiddenSizes, int outputs, boolean norm) {
    var sizes = new ArrayList<Integer>();
    sizes.add(inputs);
    sizes.addAll(hiddenSizes);
    sizes.add(outputs);
    return new MlpLayout(List.copyOf(sizes), norm);
  }

  int layers() {
    return sizes.size() - 1;
  }

  /** The sizes as an attribute of a TorchScript class. */
  long[] lengths() {
    return sizes.stream().mapToLong(Integer::longValue).toArray();
  }

  /** Parameters of the network. */
  int length() {
    int length = 0;
    for (int layer = 0; layer < layers(); layer++) {
      length = Math.addExact(length, Math.addExact(parameters(layer), normParameters(layer)));
    }
    return length;
  }

  private int parameters(int layer) {
    return Math.multiplyExact(sizes.get(layer) + 1, sizes.get(layer + 1));
  }

  private int normParameters(int layer) {
    return norm && layer < layers() - 1 ? Math.multiplyExact(2, sizes.get(layer + 1)) : 0;
  }

  /**
   * Draws weights and biases uniformly from ±1/√inputs of their layer, as PyTorch's {@code
   * torch.nn.Linear} does; gains are 1 and offsets 0.
   */
  void initialize(float[] parameters, int from, Random random) {
    int at = from;
    for (int layer = 0; layer < layers(); layer++) {
      double bound = 1 / Math.sqrt(sizes.get(layer));
      for (int end = at + parameters(layer); at < end; at++) {
        parameters[at] = (float) ((2 * random.nextDouble() - 1) * bound);
      }
      int gains = normParameters(layer) / 2;
      Arrays.fill(parameters, at, at + gains, 1);
      at += 2 * gains;
    }
  }

  /** The layers of a network that starts at {@code from} in a flat array. */
  List<PolicyNetwork.Layer> layersOf(float[] parameters, int from) {
    var layers = new ArrayList<PolicyNetwork.Layer>();
    int at = from;
    for (int layer = 0; layer < layers(); layer++) {
      int inputs = sizes.get(layer);
      int outputs = sizes.get(layer + 1);
      var weights = new float[inputs * outputs];
      var biases = new float[outputs];
      System.arraycopy(parameters, at, weights, 0, weights.length);
      System.arraycopy(parameters, at + weights.length, biases, 0, outputs);
      layers.add(new PolicyNetwork.Layer(inputs, outputs, weights, biases));
      at += parameters(layer) + normParameters(layer);
    }
    return layers;
  }

  /** Its LayerNorms; none without norm. */
  List<GreedyPolicy.Norm> normsOf(float[] parameters, int from) {
    var norms = new ArrayList<GreedyPolicy.Norm>();
    int at = from;
    for (int layer = 0; norm && layer < layers() - 1; layer++) {
      at += parameters(layer);
      int units = sizes.get(layer + 1);
      norms.add(
          new GreedyPolicy.Norm(
              Arrays.copyOfRange(parameters, at, at + units),
              Arrays.copyOfRange(parameters, at + units, at + 2 * units)));
      at += 2 * units;
    }
    return norms;
  }
}
