/** Simulated services: plants that act with the newest policy and log what they do. */
package io.millrace.app.fleet;
