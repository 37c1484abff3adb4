/**
 * How Flink is told about the objects that pass between the job's operators. All operators are
 * chained and reuse objects, so none of this runs for a row; it runs when somebody breaks the
 * chain.
 */
package io.millrace.flink.element;
