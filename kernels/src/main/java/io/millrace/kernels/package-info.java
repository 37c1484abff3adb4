/**
 * Arithmetic of an update, written out for the processor's vectors: arrays in, arrays out, no
 * library beside the JDK.
 */
package io.millrace.kernels;
