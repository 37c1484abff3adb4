package io.millrace.trainer;

import io.millrace.schemas.StreamSpec;
import io.millrace.store.Column;
import io.millrace.store.ReplayStore;
import io.millrace.store.Window;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The numbers of some rows that stand out, as they are in the store: those that are not finite, and
 * in each column the one that is furthest from 0 beside the others.
 */
final class OutstandingNumbers {
  private static final int NAMED = 3;
  private static final int ROWS_AT_ONCE = 4_096;

  private final List<ColumnExtreme> extremes = new ArrayList<>();

  private OutstandingNumbers(StreamSpec spec) {
    add(spec, Column.REWARD, "reward");
    add(spec, Column.OBSERVATION, "observation");
    add(spec, Column.ACTION, "action");
    add(spec, Column.NEXT_OBSERVATION, "next_observation");
  }

  /**
   * Reads rows and says which of their numbers stand out: {@code reward -1.0E30 of row 5500 (6.2E28
   * times the mean size of the others), …}.
   *
   * @throws IOException if the store cannot be read
   * @throws IndexOutOfBoundsException if the store has such a row no more
   */
  static String of(ReplayStore store, long[] rowNumbers) throws IOException {
    var spec = store.spec();
    var found = new OutstandingNumbers(spec);
    // A row that was drawn twice must not count among the others that it is held against.
    long[] rows = Arrays.stream(rowNumbers).sorted().distinct().toArray();
    int atOnce = Math.min(rows.length, ROWS_AT_ONCE);
    try (var window = Window.allocate(spec, Column.TRANSITION, atOnce)) {
      for (int from = 0; from < rows.length; from += atOnce) {
        var part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + atOnce));
        store.gather(part, window);
        found.extremes.forEach(extreme -> extreme.add(window, part));
      }
    }
    return found.describe();
  }

  private void add(StreamSpec spec, Column column, String name) {
    int width = column.elements(spec);
    for (int i = 0; i < width; i++) {
      String element = column == Column.REWARD ? name : name + "[" + i + "]";
      extremes.add(new ColumnExtreme(element, column, width, i));
    }
  }

  private String describe() {
    var furthest =
        Comparator.comparing(ColumnExtreme::isFinite)
            .thenComparing(Comparator.comparingDouble(ColumnExtreme::timesTheOthers).reversed());
    return extremes.stream()
        .sorted(furthest)
        .limit(NAMED)
        .map(ColumnExtreme::describe)
        .collect(Collectors.joining(", "));
  }

  /** One element of a column. */
  private static final class ColumnExtreme {
    private final String name;
    private final Column column;
    private final int width;
    private final int index;
    private double sizesOfOthers;
    private long others;
    private float number;
    private double size = -1;
    private long row;

    ColumnExtreme(String name, Column column, int width, int index) {
      this.name = name;
      this.column = column;
      this.width = width;
      this.index = index;
    }

    void add(Window window, long[] rowNumbers) {
      FloatBuffer numbers =
          switch (column) {
            case OBSERVATION -> window.observations();
            case ACTION -> window.actions();
            case REWARD -> window.rewards();
            case NEXT_OBSERVATION -> window.nextObservations();
            default -> throw new IllegalStateException("no numbers to look at in " + column);
          };
      for (int i = 0; i < rowNumbers.length; i++) {
        float each = numbers.get(i * width + index);
        // NaN is further from 0 than anything.
        double eachSize = Float.isNaN(each) ? Double.POSITIVE_INFINITY : Math.abs(each);
        if (eachSize > size) {
          addOther(size);
          size = eachSize;
          number = each;
          row = rowNumbers[i];
        } else {
          addOther(eachSize);
        }
      }
    }

    // Summed up without the furthest, since taking that away again would leave nothing of them.
    private void addOther(double eachSize) {
      if (eachSize >= 0 && eachSize < Double.POSITIVE_INFINITY) {
        sizesOfOthers += eachSize;
        others++;
      }
    }

    boolean isFinite() {
      return size < Double.POSITIVE_INFINITY;
    }

    /** How far the furthest number is from 0, in mean distances of the others. */
    double timesTheOthers() {
      return size == 0 ? 0 : size / (sizesOfOthers / others);
    }

    String describe() {
      var text = name + " " + number + " of row " + row;
      if (!isFinite() || others == 0) {
        return text;
      }
      double times = timesTheOthers();
      return text
          + (Double.isInfinite(times)
              ? " (the others are 0)"
              : String.format(Locale.ROOT, " (%.3g times the mean size of the others)", times));
    }
  }
}
