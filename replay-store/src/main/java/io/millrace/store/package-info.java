/**
 * The replay store: rows in immutable segments, committed by manifests, followed by readers that
 * load windows of them.
 *
 * <p>A writer appends rows with {@link io.millrace.store.SegmentWriter}; {@link
 * io.millrace.store.ManifestLog} commits what it finished, once a checkpoint; {@link
 * io.millrace.store.ReplayStore} follows the manifests and reads {@link io.millrace.store.Window}s.
 * Only what a manifest names exists.
 */
package io.millrace.store;
