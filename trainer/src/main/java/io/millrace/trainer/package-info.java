/** Windows of the replay store in, updates, policy snapshots out. */
package io.millrace.trainer;
