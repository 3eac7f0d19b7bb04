package io.promlib.outbox;

/** Where a record stands. */
public enum OutboxStatus {
  /** It waits for a drainer, or for the end of its back-off. */
  PENDING,
  /** A drainer has it until its lease ends. */
  CLAIMED,
  /** It was published; retention deletes it. */
  SENT,
  /** It could not be published and rests, holding its key back, until requeued or dropped. */
  ERROR
}
