/**
 * Simulated plants with published equations of motion: something to control where none is at hand.
 */
package io.millrace.plants;
