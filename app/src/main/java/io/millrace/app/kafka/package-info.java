/** What the command does with a Kafka cluster itself: topics, logging rows, reading policies. */
package io.millrace.app.kafka;
