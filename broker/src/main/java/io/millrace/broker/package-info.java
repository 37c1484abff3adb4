/** A single-node Kafka (KRaft) broker: in this JVM, or as a process of its own. */
package io.millrace.broker;
