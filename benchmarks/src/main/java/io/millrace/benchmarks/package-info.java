/**
 * Millrace beside its peers and the physical limits, each measured in turn with ours in one run:
 * what {@code benchmarks/run} calls.
 */
package io.millrace.benchmarks;
