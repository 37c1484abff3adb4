package io.millrace.client;

/** Why a snapshot was not applied. */
public enum RefusalReason {
  /** The record has no value. */
  EMPTY,
  /** The value is not a {@code PolicySnapshot}, or one without a header. */
  UNDECODABLE,
  /** The header names another policy than the record's key. */
  WRONG_POLICY,
  /** Lower than the revision that is applied. */
  STALE_REVISION,
  /** The revision that is applied, with another model. */
  CONFLICTING_REVISION,
  /** The stream's specification is not the one that this service works with. */
  WRONG_SPECIFICATION,
  /** A model format that this client does not know. */
  UNSUPPORTED_FORMAT,
  /** The model is larger than this client accepts. */
  TOO_LARGE,
  /** The model is not as long as its header says. */
  WRONG_SIZE,
  /** The model's SHA-256 is not the one in its header. */
  WRONG_CHECKSUM,
  /** ONNX Runtime cannot load the model, or its inputs and outputs are not those of its format. */
  WRONG_GRAPH,
  /** The model loads, but what it computes is not finite or not the action that it should be. */
  WRONG_RESULT
}
