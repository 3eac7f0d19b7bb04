package io.promlib.bus;

import io.promlib.event.EventRecord;

/** One event that a {@link Tail} came to. */
public interface TailEvent<T> {

  EventRecord record();

  /**
   * The payload as the topic's type: the publisher's own object where it is in this process.
   *
   * @throws IllegalStateException if the payload is null; see {@link #isTombstone()}
   * @throws io.promlib.event.PayloadException if it cannot be read as the type
   */
  T payload();

  /** Whether the payload is null, which deletes the event's key. */
  boolean isTombstone();

  /** Whether this is the state that the tail began with, and not what was published since. */
  boolean isSnapshot();
}
