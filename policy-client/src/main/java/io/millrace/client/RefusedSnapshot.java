package io.millrace.client;

/**
 * A snapshot that was not applied; the policy before it stays.
 *
 * @param policyId that it was published for
 * @param revision in its header, 0 if that cannot be read
 * @param partition of the topic of policies
 * @param offset in the partition
 * @param reason for a machine
 * @param message for a person: what was found and what was expected
 */
public record RefusedSnapshot(
    String policyId,
    long revision,
    int partition,
    long offset,
    RefusalReason reason,
    String message) {}
