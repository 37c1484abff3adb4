/** Kafka records as they are, from where the store ends. */
package io.millrace.flink.source;
