/**
 * What a service embeds to act with the newest policy: subscribe to the topic of policies, verify
 * each snapshot, swap to it while requests run, act.
 */
package io.millrace.client;
