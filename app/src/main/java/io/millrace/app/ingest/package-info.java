/** The ingest job in a Flink of this JVM, and how far it has come. */
package io.millrace.app.ingest;
