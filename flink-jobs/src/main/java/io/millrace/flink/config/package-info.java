/** What the ingest job is told: its options, and what they come to. */
package io.millrace.flink.config;
