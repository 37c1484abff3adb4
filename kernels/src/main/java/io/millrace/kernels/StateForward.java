package io.millrace.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** A critic's values of a state's actions, and what its gradient needs of them. */
final class StateForward {
  private static final int ROWS = Panels.ROWS;

  /** States whose observations are taken together. */
  static final int STATES = ROWS;

  private final CriticShape shape;
  private final CriticParameters parameters;
  private final int actions;

  /** Factors of an action: 1, for what does not depend on it, then its numbers. */
  private final int inputs;

  private final int firstStride;
  private final int secondStride;
  private final int firstColumns;
  private final int secondColumns;

  /** Of four states: the observations and a 1, and what the first layer makes of them. */
  private final float[] packedObservations;

  private final float[] stateRows;

  /** Factors of four actions together, {@code [actions / 4, inputs, 4]}. */
  private final float[] packedActions;

  /** What the first layer makes of the state, then its rows of the action's inputs. */
  private final float[] inputRows;

  /** Where the rows of a first layer begin. */
  private final int[] firstRows;

  /** Of four inputs together: the first layer's linear units as functions of the action. */
  private final float[][] linearFactors;

  /** Where the linear units' rows begin. */
  private final int[] linearRows;

  /** By action, the common part and the deviations from it. */
  private final RowLists lists;

  private final ActivationPattern pattern1;
  private final float[] before1;
  private final float[] lanes = new float[Panels.LANES];

  /** The actions' factors, four inputs together, {@code [inputs / 4, actions, 4]}. */
  final float[] packedInputs;

  /** Behind the ReLUs, {@code [actions, firstStride]}. */
  final float[] hidden1;

  /** Behind the ReLUs, {@code [actions, secondStride]}. */
  final float[] hidden2;

  /** Of the second layer. */
  final ActivationPattern pattern2;

  /** {@code [actions]}. */
  final float[] values;

  /**
   * For some actions a state.
   *
   * @param parameters which may change between runs
   */
  StateForward(CriticShape shape, int actions, CriticParameters parameters) {
    this.shape = shape;
    this.actions = actions;
    this.parameters = parameters;
    inputs = shape.actionSize() + 1;
    firstStride = Panels.stride(shape.firstSize());
    secondStride = Panels.stride(shape.secondSize());
    firstColumns = Panels.columns(shape.firstSize());
    secondColumns = Panels.columns(shape.secondSize());
    packedObservations = new float[ROWS * (shape.observationSize() + 1)];
    stateRows = Panels.matrix(STATES, firstStride);
    packedActions = new float[Panels.groups(actions) * inputs * ROWS];
    packedInputs = new float[Panels.groups(inputs) * actions * ROWS];
    inputRows = Panels.matrix(inputs, firstStride);
    firstRows = new int[shape.inputSize() + 1];
    Arrays.setAll(firstRows, row -> Panels.at(row, firstStride));
    linearFactors = new float[Panels.groups(inputs)][shape.firstSize() * ROWS];
    linearRows = new int[shape.firstSize()];
    before1 = Panels.matrix(Panels.groups(actions) * ROWS, firstStride);
    hidden1 = Panels.matrix(actions, firstStride);
    hidden2 = Panels.matrix(actions, secondStride);
    pattern1 = new ActivationPattern(shape.firstSize(), actions, inputs);
    pattern2 = new ActivationPattern(shape.secondSize(), actions, 1);
    values = new float[actions];
    int listSize = inputs + shape.firstSize();
    lists = new RowLists(actions, actions * listSize);
    lists.count = actions;
    for (int action = 0; action < actions; action++) {
      // The first row of the common part has no factor; a sum starts with it.
      lists.from[action] = action * listSize;
      lists.startAt[action] = commonRow(0);
      lists.outAt[action] = Panels.at(action, secondStride);
      for (int input = 1; input < inputs; input++) {
        lists.rows[lists.from[action] + input - 1] = commonRow(input);
      }
    }
  }

  /** Rows that a pass needs behind the parameters of the second layer, transposed. */
  static int commonRows(CriticShape shape) {
    return Panels.groups(shape.actionSize() + 1) * ROWS;
  }

  private int commonRow(int input) {
    return Panels.at(shape.firstSize() + input, secondStride);
  }

  /** What the first layer makes of up to four states. */
  void takeObservations(ConservativeBatch batch, int from, int count) {
    int size = shape.observationSize();
    for (int i = 0; i < STATES; i++) {
      int state = from + Math.min(i, count - 1);
      for (int input = 0; input < size; input++) {
        packedObservations[ROWS * input + i] = batch.observations()[state * size + input];
      }
      packedObservations[ROWS * size + i] = 1;
    }
    Panels.product(
        stateRows,
        Panels.at(0, firstStride),
        firstStride,
        packedObservations,
        0,
        parameters.first,
        firstRows,
        size + 1,
        firstColumns);
  }

  /** The values of a state's actions, which is the {@code ofTaken}-th of those taken last. */
  void run(ConservativeBatch batch, int state, int ofTaken) {
    takeActions(batch, state);
    takeInputs(ofTaken);
    for (int group = 0; group < Panels.groups(actions); group++) {
      Panels.product(
          before1,
          Panels.at(group * ROWS, firstStride),
          firstStride,
          packedActions,
          group * inputs * ROWS,
          inputRows,
          firstRows,
          inputs,
          firstColumns);
    }
    pattern1.find(before1, hidden1);
    listDeviations();
    multiplyLinearUnits();
    for (int column = 0; column < secondColumns; ) {
      int width = Panels.width(column, secondColumns);
      float[] second = parameters.secondTransposed;
      Panels.rows(hidden2, second, lists, second, column, width);
      column += width;
    }
    pattern2.find(hidden2, hidden2);
    for (int action = 0; action < actions; action++) {
      values[action] = parameters.outputBias + output(Panels.at(action, secondStride));
    }
  }

  private void takeActions(ConservativeBatch batch, int state) {
    float[] all = batch.actions();
    int size = shape.actionSize();
    for (int place = 0; place < packedActions.length / inputs; place++) {
      int action = Math.min(place, actions - 1);
      int at = (state * actions + action) * size;
      int packed = place / ROWS * inputs * ROWS + place % ROWS;
      packedActions[packed] = 1;
      packedInputs[ROWS * action] = 1;
      for (int input = 1; input < inputs; input++) {
        float value = all[at + input - 1];
        packedActions[packed + ROWS * input] = value;
        packedInputs[ROWS * (input / ROWS * actions + action) + input % ROWS] = value;
        lists.factors[lists.from[action] + input - 1] = value;
      }
    }
  }

  private void takeInputs(int ofTaken) {
    int state = Panels.at(ofTaken, firstStride);
    int first = Panels.at(0, firstStride);
    System.arraycopy(stateRows, state, inputRows, first, firstColumns);
    if (ofTaken == 0) {
      System.arraycopy(
          parameters.first,
          Panels.at(CriticParameters.biasRow(shape) + 1, firstStride),
          inputRows,
          first + firstStride,
          shape.actionSize() * firstStride);
    }
  }

  /** Adds the deviations of the first layer's values to the lists. */
  private void listDeviations() {
    for (int action = 0; action < actions; action++) {
      lists.to[action] = lists.from[action] + inputs - 1;
    }
    int[] to = lists.to;
    int[] rows = lists.rows;
    float[] factors = lists.factors;
    int words = pattern1.words();
    for (int place = 0; place < pattern1.departingCount; place++) {
      int unit = pattern1.departing[place];
      int row = Panels.at(unit, secondStride);
      int first = Panels.at(0, firstStride) + unit;
      float sign = pattern1.signs[place];
      for (int word = 0; word < words; word++) {
        int bits = pattern1.departures[place * words + word];
        while (bits != 0) {
          int action = word * Integer.SIZE + Integer.numberOfTrailingZeros(bits);
          bits &= bits - 1;
          int entry = to[action]++;
          rows[entry] = row;
          factors[entry] = sign * before1[first + action * firstStride];
        }
      }
    }
  }

  /**
   * The image under the second layer of the first one's linear units, as functions of the action: a
   * constant with the biases in it, then the slopes.
   */
  private void multiplyLinearUnits() {
    float[] second = parameters.secondTransposed;
    int count = pattern1.linearCount;
    if (count == 0) {
      Arrays.fill(second, commonRow(0), second.length, 0);
    }
    for (int p = 0; p < count; p++) {
      linearRows[p] = Panels.at(pattern1.linear[p], secondStride);
    }
    for (int input = 0; input < inputs && count > 0; input++) {
      float[] factors = linearFactors[input / ROWS];
      int row = Panels.at(input, firstStride);
      for (int p = 0; p < count; p++) {
        factors[ROWS * p + input % ROWS] = inputRows[row + pattern1.linear[p]];
      }
    }
    for (int group = 0; group < linearFactors.length && count > 0; group++) {
      Panels.product(
          second,
          commonRow(group * ROWS),
          secondStride,
          linearFactors[group],
          0,
          second,
          linearRows,
          count,
          secondColumns);
    }
    int biases = Panels.at(0, secondStride);
    Panels.add(parameters.secondBiases, biases, second, commonRow(0), secondColumns);
  }

  /** The output weights' product with a row of the second layer's values. */
  private float output(int row) {
    int weights = Panels.at(0, secondStride);
    FloatVector sum = FloatVector.zero(Panels.SPECIES);
    for (int column = 0; column < secondColumns; column += Panels.LANES) {
      sum =
          FloatVector.fromArray(Panels.SPECIES, hidden2, row + column)
              .fma(
                  FloatVector.fromArray(Panels.SPECIES, parameters.outputWeights, weights + column),
                  sum);
    }
    sum.intoArray(lanes, 0);
    float total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    return total;
  }
}
