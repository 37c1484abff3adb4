package io.millrace.trainer.algorithm;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.millrace.trainer.torchscript.TorchScriptArchive;
import io.millrace.trainer.torchscript.TorchScriptModule;
import io.millrace.trainer.torchscript.TorchScriptModule.Gradients;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.ejml.simple.SimpleMatrix;

/**
 * The functions of {@code cql.py} and {@code sac.py} that the trainer runs, on a table of values:
 * every action is sampled once, and there is a row for each state and action, which counts as often
 * as the behaviour policy takes it in a state that is visited as often as any other.
 */
final class TabularRegularizer implements AutoCloseable {
  private static final String SOURCE =
      """
      class Tabular(Module):
        training : bool
        gap_name : str

        def gap(self, q: Tensor, mu: Tensor, states: Tensor, actions: Tensor) -> Tensor:
          q_sampled = q.index_select(0, states).unsqueeze(0)
          q_data = q_sampled.squeeze(0).gather(1, actions.unsqueeze(1)).squeeze(1).unsqueeze(0)
          if self.gap_name == "equation 1":
            return __torch__.cql.gap_expected(q_sampled, mu.index_select(0, states), torch.zeros_like(q_data))
          if self.gap_name == "equation 2":
            return __torch__.cql.gap_expected(q_sampled, mu.index_select(0, states), q_data)
          if self.gap_name == "rho":
            return __torch__.cql.gap_rho(q_sampled, q_data, 1.)
          if self.gap_name == "discrete":
            return __torch__.cql.gap_discrete(q_sampled, q_data, 1.)
          return __torch__.cql.gap_h(q_sampled, torch.zeros_like(q_sampled.squeeze(0)), q_data, 1.)

        def conservative_loss(self, q: Tensor, mu: Tensor, weight: Tensor, states: Tensor, actions: Tensor,
                              factor: Tensor) -> Tensor:
          return __torch__.cql.conservative_loss(weight, self.gap(q, mu, states, actions), factor).sum()

        def td_loss(self, q: Tensor, target: Tensor, states: Tensor, actions: Tensor, factor: Tensor) -> Tensor:
          q_data = q[states, actions].unsqueeze(0)
          return __torch__.sac.td_loss(q_data, target, factor).sum()

        def gap_slope(self, q: Tensor, mu: Tensor, weight: Tensor, states: Tensor, actions: Tensor,
                      factor: Tensor) -> Tensor:
          recording = torch.is_grad_enabled()
          torch.set_grad_enabled(True)
          leaf = q.detach().requires_grad_()
          loss = self.conservative_loss(leaf, mu, weight, states, actions, factor)
          slope = torch.autograd.grad([loss], [leaf])[0]
          torch.set_grad_enabled(recording)
          return unchecked_cast(Tensor, slope)

        def total_slope(self, q: Tensor, mu: Tensor, weight: Tensor, states: Tensor, actions: Tensor,
                        factor: Tensor, target: Tensor) -> Tensor:
          recording = torch.is_grad_enabled()
          torch.set_grad_enabled(True)
          leaf = q.detach().requires_grad_()
          loss = (self.td_loss(leaf, target, states, actions, factor) +
                  self.conservative_loss(leaf, mu, weight, states, actions, factor))
          slope = torch.autograd.grad([loss], [leaf])[0]
          torch.set_grad_enabled(recording)
          return unchecked_cast(Tensor, slope)
      """;

  private final TabularMdp mdp;
  private final SimpleMatrix behaviour;
  private final TorchScriptModule module;

  /**
   * The regulariser of a data set.
   *
   * @param gap {@code equation 1}, {@code equation 2}, {@code rho}, {@code h}, or {@code discrete},
   *     which is CQL(H) as {@code cql-discrete} has it
   * @param behaviour policy of the data
   */
  TabularRegularizer(String gap, TabularMdp mdp, SimpleMatrix behaviour) throws IOException {
    this.mdp = mdp;
    this.behaviour = behaviour;
    var sources = new LinkedHashMap<String, String>();
    for (String name : List.of("cql", "sac")) {
      sources.put(name, source(name));
    }
    sources.put("tabular", SOURCE);
    module =
        TorchScriptModule.load(
            new TorchScriptArchive("tabular", "Tabular", sources, Map.of("gap_name", gap)),
            Device.cpu());
  }

  private static String source(String name) throws IOException {
    try (InputStream in = CqlSac.class.getResourceAsStream(name + ".py")) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * By how much the regulariser takes each value below its backup where the loss has no slope: with
   * the squared TD error halved, as in the paper, {@code Q = backup - α · (slope of the gap) / (d
   * β)}.
   *
   * @param mu of Equations 1 and 2
   */
  SimpleMatrix penalty(SimpleMatrix q, SimpleMatrix mu, double alpha) {
    SimpleMatrix slope = call("gap_slope", q, mu, alpha, List.of());
    var penalty = new SimpleMatrix(slope.getNumRows(), 1);
    for (int i = 0; i < slope.getNumRows(); i++) {
      double share = behaviour.get(i / mdp.actions(), i % mdp.actions()) / mdp.states();
      penalty.set(i, slope.get(i) / share);
    }
    return penalty;
  }

  /**
   * Slope of the trainer's critic loss: the squared TD error without ½, hence twice the weight.
   *
   * @param target of each row
   */
  SimpleMatrix totalSlope(SimpleMatrix q, SimpleMatrix mu, double alpha, SimpleMatrix target) {
    return call("total_slope", q, mu, 2 * alpha, List.of(target));
  }

  private SimpleMatrix call(
      String method, SimpleMatrix q, SimpleMatrix mu, double weight, List<SimpleMatrix> more) {
    int states = mdp.states();
    int actions = mdp.actions();
    int rows = states * actions;
    var state = new long[rows];
    var action = new long[rows];
    var factor = new double[rows];
    for (int i = 0; i < rows; i++) {
      state[i] = i / actions;
      action[i] = i % actions;
      // Losses are means over rows.
      factor[i] = behaviour.get(i / actions, i % actions) / states * rows;
    }
    var table = new Shape(states, actions);
    try (NDManager scope = module.manager().newSubManager()) {
      var arguments = new ArrayList<NDList>();
      arguments.add(new NDList(scope.create(numbers(q), table)));
      arguments.add(new NDList(scope.create(numbers(mu), table)));
      arguments.add(new NDList(scope.create(new double[] {weight})));
      arguments.add(new NDList(scope.create(state)));
      arguments.add(new NDList(scope.create(action)));
      arguments.add(new NDList(scope.create(factor)));
      more.forEach(column -> arguments.add(new NDList(scope.create(numbers(column)))));
      NDArray slope = module.call(method, Gradients.BY_AUTOGRAD, arguments).singletonOrThrow();
      if (slope.getDataType() != DataType.FLOAT64) {
        throw new IllegalStateException("expected 64 bits, got " + slope.getDataType());
      }
      return new SimpleMatrix(rows, 1, true, slope.toDoubleArray());
    }
  }

  /** Row by row. */
  private static double[] numbers(SimpleMatrix matrix) {
    return Arrays.copyOf(matrix.getDDRM().getData(), matrix.getNumElements());
  }

  @Override
  public void close() {
    module.close();
  }
}
