package io.millrace.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.trainer.algorithm.CqlSac;
import io.millrace.trainer.algorithm.NetworkSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The large matrix products of an update of CQL-SAC in 32-bit floats and nothing else, by libtorch
 * with as many threads in each: the speed of an update by dense products that had no other work.
 * Forward, weights' gradient and activations' gradient between the critics' hidden layers, for
 * every compared action of every state.
 */
final class CriticProducts implements AutoCloseable {
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final List<NDArray> activations = new ArrayList<>();
  private final List<NDArray> activationsTransposed = new ArrayList<>();
  private final List<NDArray> weights = new ArrayList<>();
  private final List<NDArray> weightsTransposed = new ArrayList<>();
  private final int critics;
  private final int threads;

  CriticProducts(NetworkSpec networks, int batchSize, int threads) {
    critics = networks.critics();
    this.threads = threads;
    long rows = batchSize * (3L * CqlSac.defaults().sampledActions() + 1);
    List<Integer> sizes = networks.hiddenSizes();
    for (int i = 0; i < sizes.size(); i++) {
      activations.add(manager.randomNormal(new Shape(rows, sizes.get(i)), DataType.FLOAT32));
      activationsTransposed.add(activations.get(i).transpose());
      if (i > 0) {
        Shape shape = new Shape(sizes.get(i - 1), sizes.get(i));
        weights.add(manager.randomNormal(shape, DataType.FLOAT32));
        weightsTransposed.add(weights.get(i - 1).transpose());
      }
    }
  }

  /** As many updates' products. */
  void run(int updates) {
    JniUtils.setNumThreads(threads);
    for (int i = 0; i < updates * critics; i++) {
      for (int layer = 0; layer < weights.size(); layer++) {
        NDArray above = activations.get(layer + 1);
        activations.get(layer).matMul(weights.get(layer)).close();
        activationsTransposed.get(layer).matMul(above).close();
        above.matMul(weightsTransposed.get(layer)).close();
      }
    }
    // What the learners have set.
    JniUtils.setNumThreads(1);
  }

  @Override
  public void close() {
    manager.close();
  }
}
