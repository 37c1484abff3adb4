/** The whole loop in one JVM: log, ingest, train, publish, act, and log again. */
package io.millrace.app.demo;
