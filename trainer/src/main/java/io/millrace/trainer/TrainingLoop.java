package io.millrace.trainer;

import io.millrace.schemas.v1.PolicySnapshotHeader;
import io.millrace.schemas.v1.RowsTaken;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.StorePosition;
import io.millrace.store.ManifestLog;
import io.millrace.store.ReplayStore;
import io.millrace.store.StoreLayout;
import io.millrace.trainer.TrainerConfig.Publishing;
import io.millrace.trainer.TrainerStatus.Phase;
import io.millrace.trainer.algorithm.DivergenceException;
import io.millrace.trainer.algorithm.LearnerState;
import io.millrace.trainer.checkpoint.StateDigest;
import io.millrace.trainer.publish.PolicyPublisher;
import io.millrace.trainer.publish.PublishException;
import io.millrace.trainer.window.RateLimiter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the training thread does: take rows in, run updates, write checkpoints, hand policies over.
 * All of it between two updates, on one thread, so that the journal can say after which update each
 * thing happened.
 */
final class TrainingLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingLoop.class);

  /** How much later than the end of its time an attempt to publish has told what came of it. */
  private static final Duration PUBLISHER_ANSWER = Duration.ofSeconds(2);

  private final TrainerConfig config;
  private final WorkDirectory work;
  private final ReplayStore store;
  private final StoreLayout layout;
  private final Signals signals;
  private final Progress progress;
  private final TrainerListener listener;
  private final RateLimiter limiter;
  private final TrainingRun run;
  private final Deque<RowsTaken> recorded;
  private final Deque<StoreManifest> waiting;
  private final Schedule checkpoints;
  private final Schedule snapshots;
  private final Optional<PolicyPublisher> publisher;
  private long samples;
  private long nextPollNanos = System.nanoTime();
  private Map<String, Double> metrics = Map.of();
  private boolean updatedSinceStart;

  TrainingLoop(
      TrainerConfig config,
      WorkDirectory work,
      ReplayStore store,
      LearnerFactory learners,
      Signals signals,
      Progress progress,
      TrainerListener listener)
      throws IOException, InterruptedException {
    this.config = config;
    this.work = work;
    this.store = store;
    this.layout = new StoreLayout(config.store());
    this.signals = signals;
    this.progress = progress;
    this.listener = listener;
    var pace = config.pace();
    limiter =
        new RateLimiter(
            pace.minRows(),
            pace.offlineUpdates() * config.learning().batchSize(),
            pace.samplesPerRow(),
            pace.bandSamples());
    recorded = new ArrayDeque<>(work.recordedRows());
    run = new TrainingRun(config.spec(), config.learning(), config.valueGuard(), learners);
    try {
      goOn();
      waiting =
          new ArrayDeque<>(ManifestLog.open(layout).after(run.position().getManifestSequence()));
      waiting.removeIf(manifest -> manifest.getSequence() > store.position().getManifestSequence());
      checkpoints =
          new Schedule(
              config.checkpointing().updates(), config.checkpointing().interval(), run.updates());
      snapshots =
          config
              .publishing()
              .map(publishing -> new Schedule(publishing.updates(), publishing.interval(), 0))
              .orElse(new Schedule(0, Duration.ZERO, 0));
      publisher =
          config.publishing().isEmpty()
              ? Optional.empty()
              : Optional.of(openPublisher(config.publishing().get()));
    } catch (IOException | InterruptedException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /** Trains until it is told to stop, or the last update. */
  void run() throws IOException, InterruptedException {
    listener.started(work.runId(), run.updates());
    try {
      while (!signals.stopping() && !atEnd()) {
        takeRows();
        publishIfDue();
        if (mayUpdate()) {
          update();
        } else {
          report(Phase.WAITING_FOR_ROWS);
          signals.await(config.storePollInterval());
        }
      }
      tell(Phase.STOPPING);
      finish();
    } catch (DivergenceException e) {
      throw new TrainerException(
          e.getMessage()
              + "; "
              + run.rowsBehind(e)
              + ". Training has stopped; the last good checkpoint is that of update "
              + checkpoints.lastUpdate()
              + ". Started again as it is, it would come to the same; with other options, such as"
              + " a lower learning rate, it goes on from there",
          e);
    }
  }

  @Override
  public void close() {
    publisher.ifPresent(PolicyPublisher::close);
    run.close();
  }

  private void goOn() throws IOException {
    var checkpoint = work.checkpoint();
    if (checkpoint.isPresent()) {
      var header = checkpoint.get().header();
      follow(header.getPosition());
      run.take(store, header.getPosition());
      run.goOnFrom(checkpoint.get().state());
      progress.checkpointed(run.updates(), StateDigest.sha256(checkpoint.get().state()));
      samples = header.getSamples();
      LOG.info(
          "run {} goes on from update {} and row {}",
          work.runId(),
          run.updates(),
          run.position().getRows());
    }
  }

  private boolean atEnd() {
    return config.maxUpdates() > 0 && run.updates() >= config.maxUpdates();
  }

  private boolean repeating() {
    return run.updates() < work.recordedUpdate();
  }

  private boolean mayUpdate() {
    return repeating()
        || (!run.isHeld()
            && limiter.maySample(
                counted(run.position().getRows()), samples, config.learning().batchSize()));
  }

  /** Of so many rows those that there are updates for. */
  private long counted(long rows) {
    return rows - run.rowsHeld(config.pace().minRows());
  }

  private void takeRows() throws IOException {
    while (!recorded.isEmpty() && recorded.peek().getUpdate() <= run.updates()) {
      var position = recorded.remove().getPosition();
      follow(position);
      run.take(store, position);
    }
    if (!repeating() && recorded.isEmpty()) {
      poll();
      takeWaiting();
    }
  }

  private void poll() throws IOException {
    if (nextPollNanos - System.nanoTime() > 0) {
      return;
    }
    nextPollNanos = System.nanoTime() + config.storePollInterval().toNanos();
    waiting.addAll(store.follow());
    // Rows that were followed while the journal was repeated have been taken in already.
    waiting.removeIf(manifest -> manifest.getSequence() <= run.position().getManifestSequence());
    StoreCheck.spec(store, layout, config.spec(), "the configuration");
  }

  private void takeWaiting() throws IOException {
    // Where the rows end that are for no update is known once they are in.
    while (run.isHeld() && !waiting.isEmpty()) {
      takeWaiting(1);
    }
    int manifests = 0;
    long rows = run.position().getRows();
    for (var manifest : waiting) {
      if (config.pace().holdBack() && !limiter.mayInsert(counted(rows), samples)) {
        break;
      }
      manifests++;
      rows = manifest.getTotalRows();
    }
    if (manifests > 0) {
      takeWaiting(manifests);
    }
  }

  private void takeWaiting(int manifests) throws IOException {
    var last = waiting.element();
    for (int i = 0; i < manifests; i++) {
      last = waiting.remove();
    }
    var target =
        StorePosition.newBuilder()
            .setManifestSequence(last.getSequence())
            .setRows(last.getTotalRows())
            .build();
    work.recordRows(run.updates(), target);
    run.take(store, target);
  }

  /** Makes sure that the store has what the journal speaks of. */
  private void follow(StorePosition position) throws IOException {
    StoreCheck.follow(store, layout, position, config.spec(), config.directory().toString());
  }

  private void update() throws IOException {
    run.update();
    updatedSinceStart = true;
    samples += run.batchSize();
    long update = run.updates();
    if (update % config.metricsUpdates() == 0) {
      metrics = run.metrics();
      report(Phase.TRAINING);
    }
    if (checkpoints.due(update) && !atEnd()) {
      var state = run.exportState();
      checkpoint(state, StateDigest.sha256(state));
    }
  }

  private void report(Phase phase) {
    publisher.ifPresent(PolicyPublisher::check);
    tell(phase);
  }

  private void tell(Phase phase) {
    listener.progressed(progress.reached(phase, run, samples, store.position().getRows(), metrics));
  }

  private void checkpoint(LearnerState state, byte[] sha256) throws IOException {
    work.writeCheckpoint(state, sha256, samples, run.position());
    checkpoints.done(run.updates());
    progress.checkpointed(run.updates(), sha256);
    listener.checkpointed(run.updates());
  }

  private void notPublished(long update, PublishException cause) {
    progress.publishFailed();
    LOG.warn("update {} could not be published: {}", update, cause.getMessage());
    listener.publishFailed(update, cause);
  }

  private void publishIfDue() throws IOException {
    boolean asked = signals.takePublish() && run.updates() > snapshots.lastUpdate();
    if (publisher.isPresent() && (asked || snapshots.due(run.updates()))) {
      publish(publisher.get());
    }
  }

  private void publish(PolicyPublisher to) throws IOException {
    var policy = run.learner().policy();
    if (updatedSinceStart) {
      metrics = run.metrics();
    }
    work.recordPublish(run.updates());
    to.submit(draft(), policy, run.observationScale());
    snapshots.done(run.updates());
  }

  private PolicySnapshotHeader draft() {
    var learning = config.learning();
    return PolicySnapshotHeader.newBuilder()
        .setPolicyId(config.publishing().orElseThrow().policyId())
        .setRunId(work.runId())
        .setUpdate(run.updates())
        .setStorePosition(run.position())
        .setSpecification(config.spec().toMessage())
        .setAlgorithm(learning.algorithm().name())
        .putAllHyperParameters(learning.texts())
        .putAllMetrics(metrics)
        .setCreatedTimeMicros(WorkDirectory.nowMicros())
        .build();
  }

  private PolicyPublisher openPublisher(Publishing publishing) throws InterruptedException {
    var opened =
        PolicyPublisher.open(
            config.spec(),
            publishing.kafkaProperties(),
            publishing.timeout(),
            draft(),
            run.learner().policy(),
            run.observationScale(),
            new PolicyPublisher.Outcomes() {
              @Override
              public void published(PolicySnapshotHeader header) {
                progress.published(header.getRevision());
                listener.published(header);
              }

              @Override
              public void failed(PolicySnapshotHeader draft, PublishException cause) {
                notPublished(draft.getUpdate(), cause);
              }
            });
    opened.lastFound().ifPresent(header -> progress.published(header.getRevision()));
    return opened;
  }

  private void finish() throws IOException, InterruptedException {
    var state = run.exportState();
    var sha256 = StateDigest.sha256(state);
    work.recordStop(run.updates(), sha256);
    if (run.updates() > checkpoints.lastUpdate()) {
      checkpoint(state, sha256);
    }
    if (publisher.isPresent()) {
      var publishing = config.publishing().orElseThrow();
      if (publishing.atStop() && run.updates() > snapshots.lastUpdate()) {
        publish(publisher.get());
      }
      // An attempt that takes all its time says itself why it failed.
      if (!publisher.get().drain(publishing.timeout().plus(PUBLISHER_ANSWER))) {
        notPublished(
            run.updates(),
            new PublishException(
                "Kafka did not take it within policy.publish-timeout, and training has stopped"));
      }
    }
  }
}
