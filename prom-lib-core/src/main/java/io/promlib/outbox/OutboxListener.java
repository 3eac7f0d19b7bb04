package io.promlib.outbox;

/**
 * Hears what a drainer does; metrics implement it. Called on the drainer's threads, so it must be
 * quick and must not block; what it throws is logged and changes nothing.
 */
public interface OutboxListener {
  OutboxListener NONE = new OutboxListener() {};

  /** A record was published and is marked so. */
  default void onPublished(OutboxRecord record) {}

  /** A record that an operator dropped went without being published. */
  default void onDropped(OutboxRecord record) {}

  /**
   * Publishing a record failed.
   *
   * @param record as it was before
   * @param attempts how often it failed by now
   * @param rests whether it is not tried again until somebody requeues it
   */
  default void onFailed(OutboxRecord record, int attempts, Throwable error, boolean rests) {}

  /**
   * Another drainer took the record over after its lease ended: what this one did with it is not
   * marked, and if it was not published yet it is not published here.
   */
  default void onLost(OutboxRecord record) {}

  /** Something went wrong that is no record's failure; the drainer tries again. */
  default void onError(Throwable error) {}
}
