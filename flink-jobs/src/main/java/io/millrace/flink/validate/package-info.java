/** From the bytes of a record to a row that fits its stream, or to the reason why it does not. */
package io.millrace.flink.validate;
