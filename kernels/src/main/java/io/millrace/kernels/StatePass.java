package io.millrace.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One critic's values of some states' actions, and the gradient of its loss: forward and backward,
 * a state at a time, so that a state's activations stay in the cache. What a thread needs for it;
 * used by one thread at a time.
 *
 * <p>Both layers are multiplied as {@link ActivationPattern} says. The first layer's linear units
 * make one linear function of the action, whose image under the second layer is computed once a
 * state; the second layer's linear units make one row of gradients that all actions of the state
 * share. Only deviations are multiplied action by action. Actions are taken in pairs, in the order
 * of {@link ActionOrder}.
 */
final class StatePass {
  private static final int ROWS = Panels.ROWS;

  private final CriticShape shape;
  private final int actions;
  private final int pairs;

  /** Factors of an action: 1, for what does not depend on it, then its numbers. */
  private final int inputs;

  private final int states;
  private final int firstStride;
  private final int secondStride;
  private final int firstColumns;
  private final int secondColumns;
  private final CriticParameters parameters;
  private final ActionOrder order;

  /** Factors of two actions together, {@code [pairs, inputs, 2]}, and the rows that they are of. */
  private final float[] packedActions;

  private final int[] actionRows;

  /** The same of two inputs together, {@code [inputs / 2, actions, 2]}. */
  private final float[] packedInputs;

  private final int[] placeRows;

  /** What the first layer makes of a state, then its rows of the action's inputs. */
  private final float[] firstRows;

  /** Of two inputs together: the first layer's linear units as functions of the action. */
  private final float[][] commonFactors;

  private final float[] hidden1;
  private final float[] hidden2;
  private final ActivationPattern pattern1;
  private final ActivationPattern pattern2;

  /** By place in the order; for the place behind an odd number of actions 0. */
  private final float[] values;

  private final float[] outputGradient;
  private final float[] linearWeights;
  private final float[] firstGradient;

  /** Sums over a state's actions of their first gradients, times 1 and times each input. */
  private final float[] moments;

  /** Of each state: the first layer's values weighted with the output's gradient, summed. */
  private final float[] weightedHidden;

  /**
   * Of each state: the output's weights of the second layer's linear units, two units together,
   * {@code [secondSize / 2, states, 2]}, and the rows that they are of.
   */
  private final float[] linearFactors;

  private final int[] linearFactorRows;
  private final float[] linearGradient;

  /** Of two states. */
  private final float[] packedObservations;

  private final int[] observationRows;
  private final float[] stateRows;
  private final float[] lanes = new float[Panels.LANES];

  /**
   * For some actions a state.
   *
   * @param states the most of a {@link #run}
   */
  StatePass(CriticShape shape, int actions, int states) {
    this.shape = shape;
    this.actions = actions;
    this.states = states;
    pairs = (actions + ROWS - 1) / ROWS;
    inputs = shape.actionSize() + 1;
    firstStride = Panels.stride(shape.firstSize());
    secondStride = Panels.stride(shape.secondSize());
    firstColumns = Panels.columns(shape.firstSize());
    secondColumns = Panels.columns(shape.secondSize());
    int inputPairs = (inputs + ROWS - 1) / ROWS;
    int unitPairs = (shape.secondSize() + ROWS - 1) / ROWS;
    parameters = new CriticParameters(shape, inputPairs * ROWS);
    order = new ActionOrder(actions, shape.actionSize());
    packedActions = new float[pairs * inputs * ROWS];
    actionRows = repeatedRows(pairs, inputs);
    packedInputs = new float[inputPairs * actions * ROWS];
    placeRows = repeatedRows(inputPairs, actions);
    firstRows = new float[inputs * firstStride];
    commonFactors = new float[inputPairs][shape.firstSize() * ROWS];
    hidden1 = new float[pairs * ROWS * firstStride];
    hidden2 = new float[pairs * ROWS * secondStride];
    pattern1 =
        new ActivationPattern(shape.firstSize(), pairs, inputs, inputPairs * ROWS, secondStride);
    // A linear unit has a share in a row of each of two products.
    pattern2 = new ActivationPattern(shape.secondSize(), pairs, 1, 1, firstStride);
    values = new float[pairs * ROWS];
    outputGradient = new float[pairs * ROWS];
    linearWeights = new float[shape.secondSize()];
    firstGradient = new float[pairs * ROWS * firstStride];
    moments = new float[inputPairs * ROWS * firstStride];
    weightedHidden = new float[states * firstStride];
    linearFactors = new float[unitPairs * states * ROWS];
    linearFactorRows = repeatedRows(unitPairs, states);
    linearGradient = new float[ROWS * firstStride];
    packedObservations = new float[ROWS * (shape.observationSize() + 1)];
    observationRows = repeatedRows(1, shape.observationSize() + 1);
    stateRows = new float[ROWS * firstStride];
  }

  /** Where the rows 0 to {@code count - 1} of a first layer begin, again and again. */
  private int[] repeatedRows(int times, int count) {
    var rows = new int[times * count];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % count * firstStride;
    }
    return rows;
  }

  /** Takes over a critic's flat parameters, which begin at {@code from}. */
  void load(float[] critics, int from) {
    parameters.set(critics, from);
    System.arraycopy(
        parameters.first,
        (CriticParameters.biasRow(shape) + 1) * firstStride,
        firstRows,
        firstStride,
        shape.actionSize() * firstStride);
  }

  /**
   * Values of the states {@code from} to {@code to - 1}, and their share of the loaded critic's
   * gradient.
   *
   * @param weight of the critic's gap
   * @param q where the values go, {@code [states, actions]}, from {@code qFrom} on for state 0
   */
  void run(
      ConservativeBatch batch,
      float weight,
      int from,
      int to,
      float[] q,
      int qFrom,
      CriticGradient gradient) {
    gradient.clear();
    Arrays.fill(linearFactors, 0);
    for (int two = from; two < to; two += ROWS) {
      int count = Math.min(ROWS, to - two);
      takeObservations(batch, two, count);
      for (int i = 0; i < count; i++) {
        int state = two + i;
        System.arraycopy(stateRows, i * firstStride, firstRows, 0, firstStride);
        takeActions(batch, state);
        forward();
        for (int place = 0; place < actions; place++) {
          q[qFrom + state * actions + order.at(place)] = values[place];
        }
        differentiateLoss(batch, weight, state);
        backward(gradient, state - from);
      }
      addObservations(gradient, two - from, count);
    }
    addLinearUnits(gradient, to - from);
  }

  /** What the first layer makes of two states. */
  private void takeObservations(ConservativeBatch batch, int two, int count) {
    int size = shape.observationSize();
    Arrays.fill(packedObservations, 0);
    for (int i = 0; i < count; i++) {
      for (int input = 0; input < size; input++) {
        packedObservations[ROWS * input + i] = batch.observations()[(two + i) * size + input];
      }
      packedObservations[ROWS * size + i] = 1;
    }
    for (int column = 0; column < firstColumns; ) {
      int width = Panels.width(column, firstColumns);
      Panels.product(
          stateRows,
          column,
          firstStride,
          packedObservations,
          parameters.first,
          observationRows,
          0,
          size + 1,
          column,
          width);
      column += width;
    }
  }

  private void takeActions(ConservativeBatch batch, int state) {
    int from = state * actions * shape.actionSize();
    order.find(batch.actions(), from);
    for (int place = 0; place < pairs * ROWS; place++) {
      int action = from + order.at(place) * shape.actionSize();
      int pair = place / ROWS;
      int ofPair = place % ROWS;
      for (int input = 0; input < inputs; input++) {
        float value = input == 0 ? 1 : batch.actions()[action + input - 1];
        packedActions[ROWS * (pair * inputs + input) + ofPair] = value;
        pattern1.factors[ROWS * (pattern1.first(pair) + input) + ofPair] = value;
        if (place < actions) {
          packedInputs[ROWS * (input / ROWS * actions + place) + input % ROWS] = value;
        }
      }
    }
  }

  private void forward() {
    for (int column = 0; column < firstColumns; ) {
      int width = Panels.width(column, firstColumns);
      for (int pair = 0; pair < pairs; pair++) {
        Panels.product(
            hidden1,
            pair * ROWS * firstStride + column,
            firstStride,
            packedActions,
            firstRows,
            actionRows,
            pair * inputs,
            (pair + 1) * inputs,
            column,
            width);
      }
      column += width;
    }
    pattern1.find(hidden1);
    pattern1.deviationsOfValues(hidden1);
    for (int pair = 0; pair < pairs; pair++) {
      pattern1.pack(pair, 1, 1);
    }
    packLinearUnits();
    for (int column = 0; column < secondColumns; ) {
      int width = Panels.width(column, secondColumns);
      multiplyLinearUnits(column, width);
      for (int pair = 0; pair < pairs; pair++) {
        Panels.product(
            hidden2,
            pair * ROWS * secondStride + column,
            secondStride,
            pattern1.factors,
            parameters.secondTransposed,
            pattern1.rows,
            pattern1.first(pair),
            pattern1.to(pair),
            column,
            width);
      }
      column += width;
    }
    pattern2.find(hidden2);
    pattern2.deviationsOfSlopes(hidden2, parameters.outputWeights);
    for (int place = 0; place < actions; place++) {
      values[place] =
          parameters.outputBias + dot(hidden2, place * secondStride, parameters.outputWeights);
    }
  }

  /** The first layer's linear units as functions of the action: a constant, then the slopes. */
  private void packLinearUnits() {
    for (int input = 0; input < inputs; input++) {
      float[] factors = commonFactors[input / ROWS];
      int row = input * firstStride;
      for (int p = 0; p < pattern1.linearCount; p++) {
        factors[ROWS * p + input % ROWS] = firstRows[row + pattern1.linear[p]];
      }
    }
  }

  /** The linear units' image under the second layer, and its biases, in a panel. */
  private void multiplyLinearUnits(int column, int width) {
    float[] second = parameters.secondTransposed;
    int constant = shape.firstSize() * secondStride + column;
    if (pattern1.linearCount == 0) {
      for (int input = 0; input < inputs; input++) {
        Arrays.fill(
            second, constant + input * secondStride, constant + input * secondStride + width, 0);
      }
    }
    for (int two = 0; two < commonFactors.length && pattern1.linearCount > 0; two++) {
      Panels.product(
          second,
          constant + two * ROWS * secondStride,
          secondStride,
          commonFactors[two],
          second,
          pattern1.linearRows,
          0,
          pattern1.linearCount,
          column,
          width);
    }
    add(parameters.secondBiases, column, second, constant, width);
  }

  private static void add(float[] part, int partAt, float[] sum, int sumAt, int columns) {
    for (int column = 0; column < columns; column += Panels.LANES) {
      FloatVector.fromArray(Panels.SPECIES, sum, sumAt + column)
          .add(FloatVector.fromArray(Panels.SPECIES, part, partAt + column))
          .intoArray(sum, sumAt + column);
    }
  }

  private float dot(float[] a, int from, float[] b) {
    FloatVector sum = FloatVector.zero(Panels.SPECIES);
    for (int column = 0; column < secondColumns; column += Panels.LANES) {
      sum =
          FloatVector.fromArray(Panels.SPECIES, a, from + column)
              .fma(FloatVector.fromArray(Panels.SPECIES, b, column), sum);
    }
    sum.intoArray(lanes, 0);
    float total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    return total;
  }

  /**
   * The loss's gradient in the values: of {@code importance (Q(s, a) - y)² / B} and of {@code
   * weight factor gap / B}.
   */
  private void differentiateLoss(ConservativeBatch batch, float weight, int state) {
    int logged = actions - 1;
    int densities = state * logged;
    float held = weight / batch.states() * batch.factors()[state];
    double highest = Double.NEGATIVE_INFINITY;
    for (int place = 0; place < actions; place++) {
      int action = order.at(place);
      if (action == logged) {
        float error = values[place] - batch.targets()[state];
        outputGradient[place] = 2f / batch.states() * batch.importances()[state] * error - held;
      } else {
        values[place] =
            values[place] / batch.gapTemperature() - batch.logDensities()[densities + action];
        highest = Math.max(highest, values[place]);
      }
    }
    double sum = 0;
    for (int place = 0; place < actions; place++) {
      if (order.at(place) != logged) {
        // StrictMath, since the bits must be the same before and after the JVM has compiled this.
        double share = StrictMath.exp(values[place] - highest);
        sum += share;
        values[place] = (float) share;
      }
    }
    float scale = (float) (held / sum);
    for (int place = 0; place < actions; place++) {
      if (order.at(place) != logged) {
        outputGradient[place] = values[place] * scale;
      }
    }
  }

  private void backward(CriticGradient gradient, int stateRow) {
    float total = 0;
    for (int pair = 0; pair < pairs; pair++) {
      float first = outputGradient[ROWS * pair];
      float second = outputGradient[ROWS * pair + 1];
      total += first + second;
      pattern2.factors[ROWS * pattern2.first(pair)] = first;
      pattern2.factors[ROWS * pattern2.first(pair) + 1] = second;
      pattern2.pack(pair, first, second);
    }
    gradient.outputBias += total;
    for (int p = 0; p < pattern2.linearCount; p++) {
      int unit = pattern2.linear[p];
      float weight = parameters.outputWeights[unit];
      linearWeights[p] = weight;
      linearFactors[ROWS * (unit / ROWS * states + stateRow) + unit % ROWS] = weight;
      gradient.secondBiases[unit] += total * weight;
    }
    addWeighted(gradient.outputWeights, hidden2);
    addWeighted(gradient.secondBiases, pattern2.deviations);
    Panels.row(
        parameters.second,
        shape.secondSize() * firstStride,
        linearWeights,
        parameters.second,
        pattern2.linearRows,
        pattern2.linearCount,
        firstColumns);
    Panels.row(
        weightedHidden,
        stateRow * firstStride,
        outputGradient,
        hidden1,
        placeRows,
        actions,
        firstColumns);
    for (int column = 0; column < firstColumns; ) {
      int width = Panels.width(column, firstColumns);
      for (int pair = 0; pair < pairs; pair++) {
        multiplyGradient(pair, column, width);
      }
      addDeviations(gradient, column, width);
      takeMoments(column, width);
      column += width;
    }
    System.arraycopy(moments, 0, gradient.first, gradient.stateRow(stateRow), firstColumns);
    for (int input = 1; input < inputs; input++) {
      int row = (CriticParameters.biasRow(shape) + input) * firstStride;
      add(moments, input * firstStride, gradient.first, row, firstColumns);
    }
  }

  /** Adds the sum over actions of the output's gradient times a row to {@code sum}. */
  private void addWeighted(float[] sum, float[] rows) {
    for (int column = 0; column < secondColumns; column += Panels.LANES) {
      FloatVector total = FloatVector.fromArray(Panels.SPECIES, sum, column);
      for (int place = 0; place < actions; place++) {
        total =
            FloatVector.fromArray(Panels.SPECIES, rows, place * secondStride + column)
                .fma(FloatVector.broadcast(Panels.SPECIES, outputGradient[place]), total);
      }
      total.intoArray(sum, column);
    }
  }

  /** A pair's gradient before the first layer's ReLUs, in a panel. */
  private void multiplyGradient(int pair, int column, int width) {
    int at = pair * ROWS * firstStride + column;
    Panels.product(
        firstGradient,
        at,
        firstStride,
        pattern2.factors,
        parameters.second,
        pattern2.rows,
        pattern2.first(pair),
        pattern2.to(pair),
        column,
        width);
    mask(at, width);
    mask(at + firstStride, width);
  }

  private void mask(int from, int width) {
    FloatVector zero = FloatVector.zero(Panels.SPECIES);
    for (int at = from; at < from + width; at += Panels.LANES) {
      FloatVector.fromArray(Panels.SPECIES, firstGradient, at)
          .blend(
              zero,
              FloatVector.fromArray(Panels.SPECIES, hidden1, at).compare(VectorOperators.LE, 0))
          .intoArray(firstGradient, at);
    }
  }

  /** What the second layer's deviations add to its weights' gradient, in a panel. */
  private void addDeviations(CriticGradient gradient, int column, int width) {
    for (int pair = 0; pair < pairs; pair++) {
      Panels.addOuter(
          gradient.second,
          pattern2.rows,
          pattern2.from(pair),
          pattern2.to(pair),
          pattern2.factors,
          hidden1,
          pair * ROWS * firstStride,
          firstStride,
          column,
          width);
    }
  }

  /** The sums over actions of their first gradients, times 1 and times each input, in a panel. */
  private void takeMoments(int column, int width) {
    for (int two = 0; two < inputs; two += ROWS) {
      int from = two / ROWS * actions;
      Panels.product(
          moments,
          two * firstStride + column,
          firstStride,
          packedInputs,
          firstGradient,
          placeRows,
          from,
          from + actions,
          column,
          width);
    }
  }

  /** What the states' linear units of the second layer add to its weights' gradient. */
  private void addLinearUnits(CriticGradient gradient, int count) {
    for (int unit = 0; unit < shape.secondSize(); unit += ROWS) {
      int from = unit / ROWS * states;
      for (int column = 0; column < firstColumns; ) {
        int width = Panels.width(column, firstColumns);
        Panels.product(
            linearGradient,
            column,
            firstStride,
            linearFactors,
            weightedHidden,
            linearFactorRows,
            from,
            from + count,
            column,
            width);
        column += width;
      }
      for (int row = 0; row < Math.min(ROWS, shape.secondSize() - unit); row++) {
        int at = (unit + row) * firstStride;
        add(linearGradient, row * firstStride, gradient.second, at, firstColumns);
      }
    }
  }

  /** What two states add to the gradient of the observation's weights, and of the biases. */
  private void addObservations(CriticGradient gradient, int firstState, int count) {
    Arrays.fill(stateRows, 0);
    System.arraycopy(
        gradient.first, gradient.stateRow(firstState), stateRows, 0, count * firstStride);
    for (int column = 0; column < firstColumns; ) {
      int width = Panels.width(column, firstColumns);
      Panels.addOuter(
          gradient.first,
          observationRows,
          0,
          observationRows.length,
          packedObservations,
          stateRows,
          0,
          firstStride,
          column,
          width);
      column += width;
    }
  }
}
