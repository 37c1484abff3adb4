package io.millrace.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The gradient of a critic's loss from that in the values of a state's actions. */
final class StateBackward {
  private static final int ROWS = Panels.ROWS;

  private final CriticShape shape;
  private final CriticParameters parameters;
  private final StateForward forward;
  private final int actions;
  private final int inputs;
  private final int states;
  private final int firstStride;
  private final int secondStride;
  private final int firstColumns;
  private final int secondColumns;

  /** The second layer's linear units, with the output's weights: one row. */
  private final RowLists linearUnits;

  private final float[] linearRow;

  /** The deviations of the second layer's slopes. */
  private final RowLists byAction;

  private final Departures departures;

  /** The gradient in each value: one row, that of the first layer's values weighted with it. */
  private final RowLists byValue;

  /** Before the first layer's ReLUs, {@code [actions, firstStride]}. */
  private final float[] firstGradient;

  private final int[] firstRows;

  /** Sums over the actions of their first gradients, times 1 and times each input. */
  private final float[] moments;

  // What is added up for all states of a block at its end.

  /** Of each state: the first layer's values weighted with the values' gradient, summed. */
  private final float[] weightedHidden;

  /**
   * Of each state: the output's weights of the second layer's linear units, four units together,
   * {@code [secondSize / 4, states, 4]}.
   */
  private final float[] linearFactors;

  private final float[] linearGradient;

  /** By number of an observation, the states. */
  private final RowLists byObservation;

  private final float[] zeros;

  /** The gradient in the values, {@code [actions]}, which the caller sets. */
  final float[] ofValues;

  /**
   * For some actions a state.
   *
   * @param states the most of a block
   */
  StateBackward(
      CriticShape shape,
      int actions,
      int states,
      CriticParameters parameters,
      StateForward forward) {
    this.shape = shape;
    this.actions = actions;
    this.states = states;
    this.parameters = parameters;
    this.forward = forward;
    inputs = shape.actionSize() + 1;
    firstStride = Panels.stride(shape.firstSize());
    secondStride = Panels.stride(shape.secondSize());
    firstColumns = Panels.columns(shape.firstSize());
    secondColumns = Panels.columns(shape.secondSize());
    int units = shape.secondSize();
    linearRow = Panels.matrix(1, firstStride);
    linearUnits = single(units, Panels.at(0, firstStride));
    firstRows = new int[Math.max(actions, states)];
    Arrays.setAll(firstRows, row -> Panels.at(row, firstStride));
    byValue = single(actions, 0);
    System.arraycopy(firstRows, 0, byValue.rows, 0, actions);
    byValue.to[0] = actions;
    ofValues = byValue.factors;
    byAction = new RowLists(actions, actions * units);
    byAction.count = actions;
    for (int action = 0; action < actions; action++) {
      byAction.from[action] = action * units;
      byAction.startAt[action] = Panels.at(0, firstStride);
      byAction.outAt[action] = firstRows[action];
    }
    departures = new Departures(units, actions, firstStride);
    firstGradient = Panels.matrix(actions, firstStride);
    moments = Panels.matrix(Panels.groups(inputs) * ROWS, firstStride);
    weightedHidden = Panels.matrix(states, firstStride);
    linearFactors = new float[Panels.groups(units) * states * ROWS];
    linearGradient = Panels.matrix(ROWS, firstStride);
    zeros = Panels.matrix(1, firstStride);
    byObservation = observations(states);
  }

  /** One list, whose sum starts with {@link #zeros}. */
  private RowLists single(int entries, int outAt) {
    var lists = new RowLists(1, entries);
    lists.count = 1;
    lists.startAt[0] = Panels.at(0, firstStride);
    lists.outAt[0] = outAt;
    return lists;
  }

  private RowLists observations(int states) {
    int count = shape.observationSize() + 1;
    var lists = new RowLists(count, count * states);
    lists.count = count;
    for (int input = 0; input < count; input++) {
      lists.from[input] = input * states;
      lists.startAt[input] = Panels.at(input, firstStride);
      lists.outAt[input] = lists.startAt[input];
      for (int state = 0; state < states; state++) {
        lists.rows[input * states + state] = CriticGradient.stateRow(shape, state);
      }
    }
    return lists;
  }

  /** Begins a block of states. */
  void begin() {
    Arrays.fill(linearFactors, 0);
  }

  /**
   * Adds what a state's actions make of the gradient, but for what {@link #finish} adds.
   *
   * @param ofBlock the state's place in its block
   */
  void run(CriticGradient gradient, int ofBlock) {
    float total = 0;
    for (float ofValue : ofValues) {
      total += ofValue;
    }
    gradient.outputBias += total;
    listLinearUnits(ofBlock);
    listDeviations();
    addOutputs(gradient);
    byValue.outAt[0] = firstRows[ofBlock];
    for (int column = 0; column < firstColumns; ) {
      int width = Panels.width(column, firstColumns);
      float[] second = parameters.second;
      Panels.rows(linearRow, zeros, linearUnits, second, column, width);
      Panels.rows(weightedHidden, zeros, byValue, forward.hidden1, column, width);
      Panels.rows(firstGradient, linearRow, byAction, second, column, width);
      Panels.addDepartures(gradient.second, departures, ofValues, forward.hidden1, column, width);
      column += width;
    }
    scale();
    takeMoments(gradient, ofBlock);
  }

  private void listLinearUnits(int ofBlock) {
    int count = forward.pattern2.linearCount;
    int first = Panels.at(0, secondStride);
    for (int p = 0; p < count; p++) {
      int unit = forward.pattern2.linear[p];
      float weight = parameters.outputWeights[first + unit];
      linearUnits.rows[p] = Panels.at(unit, firstStride);
      linearUnits.factors[p] = weight;
      linearFactors[ROWS * (unit / ROWS * states + ofBlock) + unit % ROWS] = weight;
    }
    linearUnits.to[0] = count;
  }

  /** Lists the deviations of the second layer's slopes, times the output's weights. */
  private void listDeviations() {
    System.arraycopy(byAction.from, 0, byAction.to, 0, actions);
    ActivationPattern pattern = forward.pattern2;
    int first = Panels.at(0, secondStride);
    int[] to = byAction.to;
    int[] rows = byAction.rows;
    float[] factors = byAction.factors;
    int[] indices = departures.indices;
    int words = pattern.words();
    int count = 0;
    departures.count = pattern.departingCount;
    for (int place = 0; place < pattern.departingCount; place++) {
      int unit = pattern.departing[place];
      int row = Panels.at(unit, firstStride);
      float slope = pattern.signs[place] * parameters.outputWeights[first + unit];
      departures.rows[place] = row;
      departures.slopes[place] = slope;
      for (int word = 0; word < words; word++) {
        int bits = pattern.departures[place * words + word];
        while (bits != 0) {
          int action = word * Integer.SIZE + Integer.numberOfTrailingZeros(bits);
          bits &= bits - 1;
          int entry = to[action]++;
          rows[entry] = row;
          factors[entry] = slope;
          indices[count++] = action;
        }
      }
      departures.from[place + 1] = count;
    }
  }

  /** Adds to the gradients of the output's weights and of the second layer's biases. */
  private void addOutputs(CriticGradient gradient) {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    for (int column = 0; column < secondColumns; column += Panels.LANES) {
      int at = Panels.at(0, secondStride) + column;
      FloatVector weights = FloatVector.fromArray(Panels.SPECIES, gradient.outputWeights, at);
      FloatVector slopes = zero;
      int row = at;
      for (int action = 0; action < actions; action++) {
        FloatVector value = FloatVector.fromArray(Panels.SPECIES, forward.hidden2, row);
        FloatVector factor = FloatVector.broadcast(Panels.SPECIES, ofValues[action]);
        weights = value.fma(factor, weights);
        slopes = slopes.add(factor.blend(zero, value.compare(VectorOperators.LE, 0)));
        row += secondStride;
      }
      weights.intoArray(gradient.outputWeights, at);
      FloatVector.fromArray(Panels.SPECIES, parameters.outputWeights, at)
          .fma(slopes, FloatVector.fromArray(Panels.SPECIES, gradient.secondBiases, at))
          .intoArray(gradient.secondBiases, at);
    }
  }

  /** Multiplies the actions' gradients with those of the values, where a ReLU is active. */
  private void scale() {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    for (int action = 0; action < actions; action++) {
      FloatVector factor = FloatVector.broadcast(Panels.SPECIES, ofValues[action]);
      int to = firstRows[action] + firstColumns;
      for (int at = firstRows[action]; at < to; at += Panels.LANES) {
        VectorMask<Float> isInactive =
            FloatVector.fromArray(Panels.SPECIES, forward.hidden1, at)
                .compare(VectorOperators.LE, 0);
        FloatVector.fromArray(Panels.SPECIES, firstGradient, at)
            .mul(factor)
            .blend(zero, isInactive)
            .intoArray(firstGradient, at);
      }
    }
  }

  /** Adds the sums over actions of their first gradients, times 1 and times each input. */
  private void takeMoments(CriticGradient gradient, int ofBlock) {
    for (int group = 0; group < Panels.groups(inputs); group++) {
      Panels.product(
          moments,
          Panels.at(group * ROWS, firstStride),
          firstStride,
          forward.packedInputs,
          group * actions * ROWS,
          firstGradient,
          firstRows,
          actions,
          firstColumns);
    }
    int state = CriticGradient.stateRow(shape, ofBlock);
    System.arraycopy(moments, Panels.at(0, firstStride), gradient.first, state, firstColumns);
    for (int input = 1; input < inputs; input++) {
      int row = Panels.at(CriticParameters.biasRow(shape) + input, firstStride);
      Panels.add(moments, Panels.at(input, firstStride), gradient.first, row, firstColumns);
    }
  }

  /** Adds what the block's states, from {@code from} on, add together. */
  void finish(ConservativeBatch batch, CriticGradient gradient, int from, int count) {
    addLinearUnits(gradient, count);
    int size = shape.observationSize();
    for (int input = 0; input <= size; input++) {
      int list = byObservation.from[input];
      for (int state = 0; state < count; state++) {
        byObservation.factors[list + state] =
            input < size ? batch.observations()[(from + state) * size + input] : 1;
      }
      byObservation.to[input] = list + count;
    }
    for (int column = 0; column < firstColumns; ) {
      int width = Panels.width(column, firstColumns);
      float[] first = gradient.first;
      Panels.rows(first, first, byObservation, first, column, width);
      column += width;
    }
  }

  /** What the states' linear units of the second layer add to its weights' gradient. */
  private void addLinearUnits(CriticGradient gradient, int count) {
    for (int unit = 0; unit < shape.secondSize(); unit += ROWS) {
      Panels.product(
          linearGradient,
          Panels.at(0, firstStride),
          firstStride,
          linearFactors,
          unit * states,
          weightedHidden,
          firstRows,
          count,
          firstColumns);
      for (int row = 0; row < Math.min(ROWS, shape.secondSize() - unit); row++) {
        int at = Panels.at(unit + row, firstStride);
        int from = Panels.at(row, firstStride);
        Panels.add(linearGradient, from, gradient.second, at, firstColumns);
      }
    }
  }
}
