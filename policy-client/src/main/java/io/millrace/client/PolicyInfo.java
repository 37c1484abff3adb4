package io.millrace.client;

import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;

/**
 * Where an applied policy comes from.
 *
 * @param policyId of the policy
 * @param revision 1, 2, 3, … within the policy id
 * @param runId of the training run
 * @param update gradient updates of that run behind it
 * @param manifestSequence last manifest of the replay store that training had read
 * @param rows of the replay store that training had read
 * @param algorithm that trained it
 * @param hyperParameters of the training
 * @param metrics of the training when it was published
 * @param sha256 of the model, in hexadecimal
 * @param createdTime when it was published
 * @param appliedTime when this client began to act with it
 */
public record PolicyInfo(
    String policyId,
    long revision,
    String runId,
    long update,
    long manifestSequence,
    long rows,
    String algorithm,
    Map<String, String> hyperParameters,
    Map<String, Double> metrics,
    String sha256,
    Instant createdTime,
    Instant appliedTime) {
  public PolicyInfo {
    hyperParameters = Map.copyOf(hyperParameters);
    metrics = Map.copyOf(metrics);
  }

  static PolicyInfo of(PolicySnapshotHeader header, Instant appliedTime) {
    return new PolicyInfo(
        header.getPolicyId(),
        header.getRevision(),
        header.getRunId(),
        header.getUpdate(),
        header.getStorePosition().getManifestSequence(),
        header.getStorePosition().getRows(),
        header.getAlgorithm(),
        header.getHyperParametersMap(),
        header.getMetricsMap(),
        HexFormat.of().formatHex(header.getModelSha256().toByteArray()),
        Instant.EPOCH.plus(header.getCreatedTimeMicros(), ChronoUnit.MICROS),
        appliedTime);
  }

  /** How long ago it was published. */
  public Duration age(Instant now) {
    return Duration.between(createdTime, now);
  }
}
