package io.millrace.flink.validate;

import io.millrace.schemas.v1.RejectionReason;

/**
 * Why a record is refused.
 *
 * @param field at fault, {@code action[2]}; empty if it is the record as a whole
 * @param actual what was found
 * @param expected what would have been taken
 */
public record Rejection(RejectionReason reason, String field, String actual, String expected) {
  /** A rejection of the record as a whole. */
  static Rejection ofRecord(RejectionReason reason, String actual, String expected) {
    return new Rejection(reason, "", actual, expected);
  }

  /** One sentence: {@code action[2]: expected a finite number, got NaN}. */
  public String sentence() {
    return (field.isEmpty() ? "" : field + ": ") + "expected " + expected + ", got " + actual;
  }
}
