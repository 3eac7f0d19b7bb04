package io.promlib.bus;

/** What an ack, nack, hand-back, extend or terminate came to. */
public enum AckResult {
  /** Accepted under a live lease, or under an expired one that nobody has taken since. */
  OK,
  /** The event was acked before; nothing changed. */
  ALREADY_ACKED,
  /** Somebody else holds the event, or its group was sought or deleted; nothing changed. */
  STALE_LEASE,
  /** The event is a dead letter; nothing changed. */
  DEAD_LETTERED,
  /** The group knows no such event; nothing changed. */
  UNKNOWN
}
