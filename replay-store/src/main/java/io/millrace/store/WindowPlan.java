package io.millrace.store;

import io.millrace.schemas.StreamSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A window before it is loaded.
 *
 * @param reads what to copy
 * @param rows how many rows that makes
 */
record WindowPlan(BlockReads reads, long rows) {
  private static final int RUNS_PER_TAKE = 16;

  /**
   * Copies the rows into a window, on all threads of the scan.
   *
   * @param cached whether the blocks read are to stay in the block cache
   */
  void load(StreamSpec spec, BlockScan scan, WindowPlanner planner, boolean cached, Window window)
      throws IOException {
    var columns = window.begin(spec, rows);
    boolean withPolicyIds = columns.contains(Column.POLICY_ID);
    var dictionaries =
        new ArrayList<List<String>>(
            Collections.nCopies(withPolicyIds ? reads.length() : 0, List.of()));
    scan.run(
        reads.length(),
        RUNS_PER_TAKE,
        cached,
        (from, to, cursor) -> {
          var view = cursor.view();
          for (int i = from; i < to; i++) {
            if (i == from || !reads.sameBlock(i - 1, i)) {
              var segment = reads.segment(i);
              cursor.read(segment, planner.index(segment), reads.block(i));
            }
            for (var column : columns) {
              view.copy(
                  column, reads.from(i), reads.count(i), window.memory(column), reads.target(i));
            }
            if (withPolicyIds) {
              dictionaries.set(i, view.dictionary(reads.segment(i)));
            }
          }
        });
    window.filled(
        rows, withPolicyIds ? PolicyIds.of(reads.targets(), dictionaries) : PolicyIds.NONE);
  }
}
