/** Refused records, on their own topic, with where they stood and why they were refused. */
package io.millrace.flink.deadletter;
