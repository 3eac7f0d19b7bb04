package io.promlib.mongo;

/** How appends of other processes are noticed. */
public enum WakeUp {
  /**
   * By a change stream where the server has them, else by polling; polling checks on the stream.
   */
  STREAM_AND_POLLING,
  /** By polling alone. */
  POLLING,
  /** Not at all: only appends through the same store are heard of. */
  NONE
}
